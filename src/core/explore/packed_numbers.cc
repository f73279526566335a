#include "core/explore/packed_numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/large_pages.h"
#include "base/vectors.h"
#include "core/explore/radix.h"

namespace penstock::explore {

namespace {

constexpr std::array<double, packed_decimals_max + 1> powers_of_ten = {1e0, 1e1, 1e2, 1e3, 1e4,
                                                                       1e5, 1e6, 1e7, 1e8, 1e9};
constexpr std::array<int64_t, packed_decimals_max + 1> whole_powers_of_ten = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr size_t block_values = 1024;  // packed at once
constexpr size_t lanes = 16;
constexpr double rounder = 6755399441055744.0;           // 1.5 * 2^52: adding it rounds to an integer
constexpr int64_t counted_range_max = int64_t{1} << 17;  // a MiB of counts, which the processor's cache holds
constexpr unsigned digit_bits_max = 11;

// Packs `count` numbers, in groups of `lanes` (what is read beyond is anything). False when one of the groups' numbers
// is no integer of 32 bits over `scale`: dividing it must give the very same double.
PENSTOCK_WIDEST_VECTORS bool pack_numbers(const double* values, size_t count, double scale, int32_t* packed) {
  int failed = 0;
  for (size_t at = 0; at < count; at += lanes) {
    for (size_t i = 0; i < lanes; ++i) {
      const double scaled = values[at + i] * scale;
      const bool fits = std::abs(scaled) < 2147483647.0;
      const auto whole = static_cast<int32_t>(fits ? (scaled + rounder) - rounder : 0.0);
      packed[at + i] = whole;
      failed |= static_cast<double>(whole) / scale != values[at + i];
    }
  }
  return failed == 0;
}

struct Range {
  int32_t least = std::numeric_limits<int32_t>::max();
  int32_t largest = std::numeric_limits<int32_t>::min();
};

// Of at least one number.
PENSTOCK_WIDEST_INTEGERS Range range_of(std::span<const int32_t> numbers) {
  int32_t least = numbers[0];
  int32_t largest = numbers[0];
  for (const int32_t number : numbers) {
    least = number < least ? number : least;
    largest = number > largest ? number : largest;
  }
  return {least, largest};
}

// The counts of each digit of all numbers, and scattering by them: a radix sort from the least digit on.
class PackedSort {
 public:
  PackedSort(uint32_t least, uint32_t range, size_t size) : least_(least), size_(size) {
    const auto bits = static_cast<unsigned>(std::bit_width(range));
    passes_ = (bits + digit_bits_max - 1) / digit_bits_max;
    digit_bits_ = (bits + passes_ - 1) / passes_;
    counts_.assign(size_t{passes_} << digit_bits_, 0);
  }

  void count(std::span<const int32_t> numbers) {
    const uint32_t mask = (uint32_t{1} << digit_bits_) - 1;
    for (const int32_t number : numbers) {
      uint32_t key = static_cast<uint32_t>(number) - least_;
      for (unsigned pass = 0; pass < passes_; ++pass) {
        ++counts_[(size_t{pass} << digit_bits_) + (key & mask)];
        key >>= digit_bits_;
      }
    }
  }

  // Keys (numbers less the least) in ascending order. `visit(take)` calls take(span) for all numbers.
  template <class Visit>
  std::vector<uint32_t> sort(Visit visit) {
    for (unsigned pass = 0; pass < passes_; ++pass) {
      uint32_t sum = 0;
      for (size_t digit = 0; digit < size_t{1} << digit_bits_; ++digit) {
        sum += std::exchange(counts_[(size_t{pass} << digit_bits_) + digit], sum);
      }
    }
    std::vector<uint32_t> keys(size_);
    visit([&](std::span<const int32_t> numbers) {
      const uint32_t mask = (uint32_t{1} << digit_bits_) - 1;
      for (const int32_t number : numbers) {
        const uint32_t key = static_cast<uint32_t>(number) - least_;
        keys[counts_[key & mask]++] = key;
      }
    });
    std::vector<uint32_t> other(passes_ > 1 ? size_ : 0);
    for (unsigned pass = 1; pass < passes_; ++pass) {
      const uint32_t mask = (uint32_t{1} << digit_bits_) - 1;
      uint32_t* const places = counts_.data() + (size_t{pass} << digit_bits_);
      const unsigned shift = pass * digit_bits_;
      for (const uint32_t key : keys) other[places[key >> shift & mask]++] = key;
      keys.swap(other);
    }
    return keys;
  }

 private:
  uint32_t least_;
  size_t size_;
  unsigned passes_ = 0;
  unsigned digit_bits_ = 0;
  std::vector<uint32_t> counts_;
};

// Counts keys (numbers less the least) of so many bits that few of them are equal: each goes to the bucket of its upper
// bits, and a bucket's lower bits are counted one bucket after the other, which the processor's cache holds.
class BucketCount {
 public:
  static constexpr unsigned bits_max = 28;

  BucketCount(uint32_t least, uint32_t range) : least_(least) {
    const auto bits = static_cast<unsigned>(std::bit_width(range));
    low_bits_ = std::clamp(bits, bucket_bits + low_bits_min, bits_max) - bucket_bits;
    places_.assign((size_t{range} >> low_bits_) + 2, 0);
  }

  // `visit(take)` calls take(span) for all of the `size` numbers; `give(keys, counts)` is called for the keys of each
  // bucket in order.
  template <class Visit, class Give>
  void count(size_t size, Visit visit, Give give) {
    visit([&](std::span<const int32_t> numbers) {
      for (const int32_t number : numbers) ++places_[(key_of(number) >> low_bits_) + 1];
    });
    for (size_t bucket = 1; bucket < places_.size(); ++bucket) places_[bucket] += places_[bucket - 1];
    const auto low = std::make_unique_for_overwrite<uint16_t[]>(size);
    visit([&](std::span<const int32_t> numbers) {
      for (const int32_t number : numbers) {
        const uint32_t key = key_of(number);
        low[places_[key >> low_bits_]++] = static_cast<uint16_t>(key & ((uint32_t{1} << low_bits_) - 1));
      }
    });
    // Now each place is the end of its bucket.
    std::vector<uint32_t> counts(size_t{1} << low_bits_);
    std::vector<uint64_t> seen(counts.size() / 64);
    const auto found_keys = std::make_unique_for_overwrite<uint32_t[]>(counts.size());
    const auto found_counts = std::make_unique_for_overwrite<uint32_t[]>(counts.size());
    size_t begin = 0;
    for (size_t bucket = 0; bucket + 1 < places_.size(); ++bucket) {
      const size_t end = places_[bucket];
      if (begin == end) continue;
      for (; begin < end; ++begin) {
        ++counts[low[begin]];
        seen[low[begin] / 64] |= uint64_t{1} << low[begin] % 64;
      }
      size_t found = 0;
      for (size_t word = 0; word < seen.size(); ++word) {
        for (uint64_t left = std::exchange(seen[word], 0); left != 0; left &= left - 1) {
          const size_t digit = word * 64 + static_cast<size_t>(std::countr_zero(left));
          found_keys[found] = static_cast<uint32_t>(bucket << low_bits_ | digit);
          found_counts[found++] = std::exchange(counts[digit], 0);
        }
      }
      give(std::span(found_keys.get(), found), std::span(found_counts.get(), found));
    }
  }

 private:
  static constexpr unsigned bucket_bits = 12;
  static constexpr unsigned low_bits_min = 8;

  uint32_t key_of(int32_t number) const { return static_cast<uint32_t>(number) - least_; }

  uint32_t least_;
  unsigned low_bits_ = 0;
  std::vector<size_t> places_;
};

// Takes runs of packed numbers in ascending order and keeps them as doubles.
class WideSink {
 public:
  explicit WideSink(unsigned decimals) : scale_(powers_of_ten[decimals]) {}
  WideRuns runs;

  // What is not needed of it is never touched.
  void reserve(size_t size) {
    reserve_large(runs.numbers, size);
    reserve_large(runs.ends, size);
  }
  void add(int64_t number, uint64_t count) {
    runs.numbers.push_back(static_cast<double>(number) / scale_);
    runs.ends.push_back(end_ += count);
  }
  void add(std::span<const uint32_t> keys, std::span<const uint32_t> counts, int64_t least) {
    for (size_t i = 0; i < keys.size(); ++i) add(keys[i] + least, counts[i]);
  }

 private:
  double scale_;
  uint64_t end_ = 0;
};

// The same, kept packed.
class PackedSink {
 public:
  explicit PackedSink(unsigned decimals) { runs.decimals = decimals; }
  PackedRuns runs;

  void reserve(size_t size) {
    reserve_large(runs.numbers, size);
    reserve_large(runs.ends, size);
  }
  void add(int64_t number, uint64_t count) {
    runs.numbers.push_back(static_cast<int32_t>(number));
    runs.ends.push_back(end_ += static_cast<uint32_t>(count));
  }
  void add(std::span<uint32_t> keys, std::span<uint32_t> counts, int64_t least) {
    for (uint32_t& key : keys) key += static_cast<uint32_t>(least);
    for (uint32_t& count : counts) count = end_ += count;
    const auto* numbers = reinterpret_cast<const int32_t*>(keys.data());
    runs.numbers.insert(runs.numbers.end(), numbers, numbers + keys.size());
    runs.ends.insert(runs.ends.end(), counts.begin(), counts.end());
  }

 private:
  uint32_t end_ = 0;
};

}  // namespace

std::optional<int32_t> packed_number(double value, unsigned decimals) {
  std::array<double, lanes> numbers = {value};
  std::array<int32_t, lanes> packed;
  return pack_numbers(numbers.data(), 1, powers_of_ten[decimals], packed.data()) ? std::optional(packed[0])
                                                                                 : std::nullopt;
}

double packed_scale(unsigned decimals) {
  return powers_of_ten[decimals];
}

template <class Value>
void PackedNumbers::Chunks<Value>::append(const Value* values, size_t count) {
  while (count > 0) {
    if (in_last == chunk_values) {
      full.push_back(std::make_unique_for_overwrite<Value[]>(chunk_values));
      in_last = 0;
    }
    const size_t fits = std::min(count, chunk_values - in_last);
    std::memcpy(full.back().get() + in_last, values, fits * sizeof(Value));
    in_last += fits;
    values += fits;
    count -= fits;
  }
}

void PackedNumbers::add(std::span<const double> values) {
  std::array<double, block_values + lanes> block;
  for (size_t at = 0; at < values.size(); at += block_values) {
    const auto part = values.subspan(at, std::min(block_values, values.size() - at));
    size_t count = 0;
    for (const double value : part) {
      block[count] = value + 0.0;
      count += std::abs(value) <= std::numeric_limits<double>::max() ? 1 : 0;
    }
    if (count < part.size()) {
      for (const double value : part) {
        missing_ += std::isnan(value) ? 1 : 0;
        positive_infinite_ += value == std::numeric_limits<double>::infinity() ? 1 : 0;
        negative_infinite_ += value == -std::numeric_limits<double>::infinity() ? 1 : 0;
      }
    }
    std::fill_n(block.begin() + static_cast<ptrdiff_t>(count), lanes, 0.0);
    if (count > 0) add_finite(std::span(block).first(count));
  }
}

void PackedNumbers::add_packed(std::span<const int32_t> values, unsigned decimals) {
  std::array<int32_t, block_values> block;
  for (size_t at = 0; at < values.size(); at += block_values) {
    const auto part = values.subspan(at, std::min(block_values, values.size() - at));
    size_t count = part.size();
    if (range_of(part).least > packed_missing) {
      std::ranges::copy(part, block.begin());
    } else {
      count = 0;
      for (const int32_t value : part) {
        block[count] = value;
        count += value != packed_missing ? 1 : 0;
      }
      missing_ += part.size() - count;
      if (count == 0) continue;
    }
    if (packs_ && bring_to_scale(std::span(block).first(count), decimals)) {
      append_packed(std::span(block).first(count));
      size_ += count;
      continue;
    }
    std::array<double, block_values + lanes> wide = {};
    for (size_t i = 0; i < count; ++i) wide[i] = static_cast<double>(block[i]) / powers_of_ten[decimals];
    add_finite(std::span(wide).first(count));
  }
}

void PackedNumbers::add_finite(std::span<double> block) {
  if (packs_ && !pack(block)) unpack();
  if (!packs_) doubles_.append(block.data(), block.size());
  size_ += block.size();
}

// With more decimals where these are needed. False when no power of ten makes 32-bit integers of all.
bool PackedNumbers::pack(std::span<double> block) {
  std::array<int32_t, block_values + lanes> packed;
  for (unsigned decimals = decimals_; decimals < powers_of_ten.size(); ++decimals) {
    if (!pack_numbers(block.data(), block.size(), powers_of_ten[decimals], packed.data())) continue;
    if (decimals != decimals_ && !rescale(decimals)) return false;
    append_packed(std::span(packed).first(block.size()));
    return true;
  }
  return false;
}

// Makes integers over 10^decimals such over 10^decimals_, or the other way round. False, and nothing is changed, when
// one of them would have more than 32 bits.
bool PackedNumbers::bring_to_scale(std::span<int32_t> block, unsigned decimals) {
  if (decimals > decimals_) return rescale(decimals);
  if (decimals == decimals_) return true;
  const int64_t factor = whole_powers_of_ten[decimals_ - decimals];
  const int64_t largest = std::numeric_limits<int32_t>::max() / factor;
  const Range range = range_of(block);
  if (range.largest > largest || range.least < -largest) return false;
  for (int32_t& number : block) number = static_cast<int32_t>(number * factor);
  return true;
}

bool PackedNumbers::rescale(unsigned decimals) {
  const int64_t factor = whole_powers_of_ten[decimals - decimals_];
  const int64_t largest = std::numeric_limits<int32_t>::max() / factor;
  if (size_ > 0 && counts_) stop_counting();
  for (size_t i = 0; i < packed_.full.size(); ++i) {
    const Range range = range_of(packed_.chunk(i));
    if (range.largest > largest || range.least < -largest) return false;
  }
  for (size_t i = 0; i < packed_.full.size(); ++i) {
    for (size_t k = 0; k < packed_.chunk(i).size(); ++k) {
      packed_.full[i][k] = static_cast<int32_t>(packed_.full[i][k] * factor);
    }
  }
  decimals_ = decimals;
  return true;
}

bool PackedNumbers::Counts::cover(int32_t low, int32_t high) {
  const int64_t end = least + static_cast<int64_t>(counts.size());
  if (low >= least && high < end) return true;
  const int64_t first = counts.empty() ? low : std::min<int64_t>(low, least);
  const int64_t last = counts.empty() ? high : std::max<int64_t>(high, end - 1);
  const int64_t range = last - first + 1;
  if (range > counted_range_max) return false;
  // More than is needed on the side that was left, so that this is seldom done.
  const int64_t more = range / 2;
  const int64_t new_least = std::max<int64_t>(low < least ? first - more : first, packed_missing + 1);
  const int64_t new_last = high >= end ? last + more : last;
  std::vector<uint64_t> larger(static_cast<size_t>(new_last - new_least + 1));
  std::ranges::copy(counts, larger.begin() + (counts.empty() ? 0 : least - new_least));
  counts = std::move(larger);
  least = static_cast<int32_t>(new_least);
  return true;
}

void PackedNumbers::append_packed(std::span<int32_t> block) {
  if (counts_) {
    const Range range = range_of(block);
    if (counted_.cover(range.least, range.largest)) {
      for (const int32_t number : block) ++counted_.of(number);
      return;
    }
    stop_counting();
  }
  packed_.append(block.data(), block.size());
}

// What was counted is collected from now on.
void PackedNumbers::stop_counting() {
  std::array<int32_t, block_values> block;
  for (size_t i = 0; i < counted_.counts.size(); ++i) {
    uint64_t left = counted_.counts[i];
    std::fill_n(block.begin(), std::min<uint64_t>(left, block_values),
                static_cast<int32_t>(counted_.least + static_cast<int64_t>(i)));
    while (left > 0) {
      const size_t part = std::min<size_t>(left, block_values);
      packed_.append(block.data(), part);
      left -= part;
    }
  }
  counted_ = {};
  counts_ = false;
}

void PackedNumbers::unpack() {
  if (counts_) stop_counting();
  const double scale = powers_of_ten[decimals_];
  std::array<double, chunk_values> unpacked;
  for (size_t i = 0; i < packed_.full.size(); ++i) {
    const auto chunk = packed_.chunk(i);
    for (size_t k = 0; k < chunk.size(); ++k) unpacked[k] = static_cast<double>(chunk[k]) / scale;
    doubles_.append(unpacked.data(), chunk.size());
    packed_.full[i].reset();
  }
  packed_ = {};
  packs_ = false;
}

size_t PackedNumbers::memory() const {
  return chunk_values * (packed_.full.size() * sizeof(int32_t) + doubles_.full.size() * sizeof(double)) +
         counted_.counts.size() * sizeof(uint64_t);
}

template <class Sink>
void PackedNumbers::runs_of_packed(Sink& sink) const {
  if (counts_) {
    for (size_t i = 0; i < counted_.counts.size(); ++i) {
      if (counted_.counts[i] > 0) sink.add(counted_.least + static_cast<int64_t>(i), counted_.counts[i]);
    }
    return;
  }
  const auto visit = [this](auto take) {
    for (size_t i = 0; i < packed_.full.size(); ++i) take(packed_.chunk(i));
  };
  Range all;
  visit([&](std::span<const int32_t> numbers) {
    const Range part = range_of(numbers);
    all = {std::min(all.least, part.least), std::max(all.largest, part.largest)};
  });
  const uint32_t range = static_cast<uint32_t>(all.largest) - static_cast<uint32_t>(all.least);
  sink.reserve(size_);
  if (range < uint32_t{1} << BucketCount::bits_max) {
    BucketCount(static_cast<uint32_t>(all.least), range)
        .count(size_, visit,
               [&](std::span<uint32_t> keys, std::span<uint32_t> counts) { sink.add(keys, counts, all.least); });
    return;
  }
  PackedSort sort(static_cast<uint32_t>(all.least), range, size_);
  visit([&](std::span<const int32_t> numbers) { sort.count(numbers); });
  const std::vector<uint32_t> keys = sort.sort(visit);
  for (size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    sink.add(int64_t{keys[begin]} + all.least, end - begin);
  }
}

WideRuns PackedNumbers::runs_of_doubles() const {
  std::vector<uint64_t> keys, scratch;
  keys.reserve(size_);
  for (size_t i = 0; i < doubles_.full.size(); ++i) {
    for (const double value : doubles_.chunk(i)) keys.push_back(ordered_bits(value));
  }
  if (keys.size() < radix_size_min) {
    std::ranges::sort(keys);
  } else {
    radix_sort(keys, scratch, [](uint64_t key) { return key; });
  }
  scratch = {};
  WideRuns runs;
  for (size_t begin = 0; begin < keys.size();) {
    size_t end = begin + 1;
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    runs.numbers.push_back(from_ordered_bits(keys[begin]));
    runs.ends.push_back(end);
    begin = end;
  }
  return runs;
}

void PackedNumbers::forget_numbers() {
  counted_ = {};
  counts_ = true;
  packed_ = {};
  doubles_ = {};
  size_ = 0;
  decimals_ = 0;
  packs_ = true;
}

WideRuns PackedNumbers::take_runs() {
  WideSink sink(decimals_);
  if (!packs_)
    sink.runs = runs_of_doubles();
  else if (size_ > 0)
    runs_of_packed(sink);
  forget_numbers();
  return std::move(sink.runs);
}

std::variant<PackedRuns, WideRuns> PackedNumbers::take_packed_runs() {
  if (!packs_ || size_ > packed_size_max) return take_runs();
  PackedSink sink(decimals_);
  if (size_ > 0) runs_of_packed(sink);
  forget_numbers();
  return std::move(sink.runs);
}

void PackedNumbers::clear() {
  *this = {};
}

}  // namespace penstock::explore
