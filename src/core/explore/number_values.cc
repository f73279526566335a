#include "core/explore/number_values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/explore/merge.h"

namespace penstock::explore {

namespace {

constexpr size_t slots_first = 256;
constexpr size_t slots_max = size_t{1} << 14;  // 256 KiB: more would leave the cache, and sorting is then as quick
constexpr size_t taken_at_once = 4096;

size_t slot_of(double value, size_t slots) {
  // Fibonacci hashing; the upper bits of the product depend on all bits of the value.
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  return static_cast<size_t>(((bits ^ bits >> 32) * 0x9e3779b97f4a7c15ULL) >> (64 - std::countr_zero(slots)));
}

// Where sorted values come from: a run on the disk, a list of counts, or what was collected last.
struct NumberSource {
  CountedNumber value;
  RunReader<double>* run = nullptr;
  std::span<const CountedNumber> counted;
  const WideRuns* collected = nullptr;
  size_t next = 0;  // of collected

  Outcome<bool> advance() {
    if (run) {
      value.count = 1;
      return run->next(value.value);
    }
    if (collected) {
      if (next == collected->numbers.size()) return false;
      value = {collected->numbers[next], collected->ends[next] - (next == 0 ? 0 : collected->ends[next - 1])};
      ++next;
      return true;
    }
    if (counted.empty()) return false;
    value = counted.front();
    counted = counted.subspan(1);
    return true;
  }
};

// Adds up the counts of equal values, which come one after the other, and hands them on many at a time.
class Gathered {
 public:
  using Take = std::function<void(std::span<const CountedNumber>)>;
  explicit Gathered(const Take& take) : take_(take) { values_.reserve(taken_at_once); }

  void add(const CountedNumber& next) {
    if (!values_.empty() && values_.back().value == next.value) {
      values_.back().count += next.count;
      return;
    }
    if (values_.size() == taken_at_once) give();
    values_.push_back(next);
  }
  void give() {
    if (!values_.empty()) take_(values_);
    values_.clear();
  }

 private:
  const Take& take_;
  std::vector<CountedNumber> values_;
};

// The usual case: two lists alone.
void merge_two(NumberSource one, NumberSource other, Gathered& gathered) {
  bool more_of_one = *one.advance();
  bool more_of_other = *other.advance();
  while (more_of_one || more_of_other) {
    if (!more_of_other || (more_of_one && one.value.value <= other.value.value)) {
      gathered.add(one.value);
      more_of_one = *one.advance();
    } else {
      gathered.add(other.value);
      more_of_other = *other.advance();
    }
  }
}

}  // namespace

NumberValues::NumberValues(Spill& spill) : account_(spill), slots_(slots_first) {}

// False when the value is new and the table full.
bool NumberValues::count_in_table(double value) {
  for (;;) {
    for (size_t slot = slot_of(value, slots_.size());; slot = (slot + 1) & (slots_.size() - 1)) {
      CountedNumber& found = slots_[slot];
      if (found.count > 0 && found.value == value) {
        ++found.count;
        return true;
      }
      if (found.count > 0) continue;
      if (used_ * 2 >= slots_.size()) break;
      found = {value, 1};
      ++used_;
      return true;
    }
    if (slots_.size() == slots_max) return false;
    std::vector<CountedNumber> larger(slots_.size() * 4);
    for (const CountedNumber& one : slots_) {
      if (one.count == 0) continue;
      size_t slot = slot_of(one.value, larger.size());
      while (larger[slot].count > 0) slot = (slot + 1) & (larger.size() - 1);
      larger[slot] = one;
    }
    slots_ = std::move(larger);
  }
}

void NumberValues::freeze_table() {
  table_open_ = false;
  std::erase_if(slots_, [](const CountedNumber& one) { return one.count == 0; });
  std::ranges::sort(slots_, {}, &CountedNumber::value);
  frozen_ = std::move(slots_);
  slots_ = {};
}

Outcome<void> NumberValues::add(std::span<const double> values) {
  size_t at = 0;
  while (table_open_ && at < values.size()) {
    const double value = values[at] + 0.0;  // -0 becomes 0
    if (!std::isnan(value) && !count_in_table(value)) {
      freeze_table();
      break;
    }
    ++at;
  }
  if (at == values.size()) return {};
  if (account_.is_over()) {
    if (auto spilled = spill_run(); !spilled) return spilled;
  }
  collected_.add(values.subspan(at));
  account_.hold(collected_.memory());
  return {};
}

Outcome<void> NumberValues::spill_run() {
  if (!file_) {
    auto file = account_.spill().make_file();
    if (!file) return file.error();
    file_ = *std::move(file);
  }
  const WideRuns sorted = collected_.take_runs();
  std::vector<double> values;
  values.reserve(sorted.ends.empty() ? 0 : sorted.ends.back());
  for (size_t i = 0; i < sorted.numbers.size(); ++i) values.resize(sorted.ends[i], sorted.numbers[i]);
  auto at = file_->append({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
  if (!at) return at.error();
  runs_.push_back({*at, values.size()});
  return {};
}

Outcome<void> NumberValues::visit(const std::function<void(std::span<const CountedNumber> values)>& take) {
  if (table_open_) freeze_table();
  const WideRuns collected = collected_.take_runs();
  const double infinity = std::numeric_limits<double>::infinity();
  // Infinities are not among what was collected.
  std::vector<CountedNumber> ends;
  if (const uint64_t count = collected_.negative_infinite(); count > 0) ends.push_back({-infinity, count});
  if (const uint64_t count = collected_.positive_infinite(); count > 0) ends.push_back({infinity, count});
  NumberSource from_table, from_collected, from_ends;
  from_table.counted = frozen_;
  from_collected.collected = &collected;
  from_ends.counted = ends;
  Gathered gathered(take);
  if (runs_.empty() && ends.empty()) {
    merge_two(from_table, from_collected, gathered);
    gathered.give();
    return {};
  }
  std::vector<RunReader<double>> readers;
  readers.reserve(runs_.size());
  std::vector<NumberSource> sources = {from_table, from_collected, from_ends};
  for (const Run& run : runs_) {
    readers.emplace_back(*file_, run.at, run.count);
    sources.emplace_back().run = &readers.back();
  }
  auto merged = merge_sorted(
      sources, [](const CountedNumber& one, const CountedNumber& other) { return one.value < other.value; },
      [&](const CountedNumber& next) { gathered.add(next); });
  if (merged) gathered.give();
  return merged;
}

}  // namespace penstock::explore
