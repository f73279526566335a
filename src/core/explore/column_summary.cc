#include "core/explore/column_summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <unordered_map>

#include "core/explore/value_text.h"

namespace penstock::explore {

namespace {

constexpr std::array<double, 9> levels = {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
constexpr size_t top_values = levels_max;  // a whole domain, where there is one
constexpr size_t top_patterns = 5;
constexpr size_t patterns_max = 2'000;  // beyond it, further shapes are counted together
constexpr size_t histogram_bins = 20;
constexpr size_t bucket_bins = 10;
constexpr uint64_t sketch_values = 2'048;  // the sketch's resolution is 1 / 2048
constexpr size_t pattern_characters_max = 24;
constexpr size_t shown_bytes_max = 200;  // of a value among the most frequent

// The most frequent values, without keeping the others.
class Top {
 public:
  explicit Top(size_t size) : size_(size) {}

  bool takes(uint64_t count) const { return values_.size() < size_ || count > values_.back().count; }
  void add(ValueCount value) {
    const auto place = std::ranges::upper_bound(values_, value.count, std::greater<>(), &ValueCount::count);
    values_.insert(place, std::move(value));
    if (values_.size() > size_) values_.pop_back();
  }
  std::vector<ValueCount> take() { return std::move(values_); }

 private:
  size_t size_;
  std::vector<ValueCount> values_;  // most frequent first; of equally frequent ones the first seen
};

// Counts values of [min, max], which come in ascending order, into equal bins with numpy.histogram's rounding.
class Binner {
 public:
  Binner(double min, double max, size_t bins) {
    if (min == max) min -= 0.5, max += 0.5;  // as numpy widens a constant
    const double width = (max - min) / static_cast<double>(bins);
    histogram_.counts.resize(bins);
    for (size_t i = 0; i < bins; ++i) histogram_.edges.push_back(static_cast<double>(i) * width + min);
    histogram_.edges.push_back(max);
  }
  void add(double value, uint64_t count) {
    while (bin_ + 1 < histogram_.counts.size() && value >= histogram_.edges[bin_ + 1]) ++bin_;
    histogram_.counts[bin_] += count;
  }
  Histogram take() { return std::move(histogram_); }

 private:
  size_t bin_ = 0;
  Histogram histogram_;
};

// Quantiles by linear interpolation (numpy's default), from values that come in ascending order.
class Quantiles {
 public:
  explicit Quantiles(uint64_t count) : last_(static_cast<double>(count) - 1) {
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    std::ranges::sort(order_, {}, [this](size_t i) { return position(i); });
    wanted_ = position(order_[0]);
  }

  void add(double value, uint64_t count) {
    seen_ += count;
    while (wanted_ < seen_) {
      values_[order_[next_]] = value;
      wanted_ = ++next_ < order_.size() ? position(order_[next_]) : std::numeric_limits<uint64_t>::max();
    }
  }
  std::vector<std::pair<double, double>> take() const {
    std::vector<std::pair<double, double>> result;
    for (size_t i = 0; i < levels.size(); ++i) {
      const double low = values_[i * 2];
      const double high = values_[i * 2 + 1];
      const double place = last_ * levels[i];
      const double fraction = place - std::floor(place);
      const double step = high - low;
      double value = fraction >= 0.5 ? high - step * (1 - fraction) : low + step * fraction;
      if (low == high) value = low;  // also where both are infinite
      result.emplace_back(levels[i], value);
    }
    return result;
  }

 private:
  // The places in the sorted values below and above each level, in turn.
  uint64_t position(size_t i) const {
    const auto below = static_cast<uint64_t>(std::floor(last_ * levels[i / 2]));
    return std::min(below + i % 2, static_cast<uint64_t>(last_));
  }
  double last_;
  uint64_t seen_ = 0;
  size_t next_ = 0;
  uint64_t wanted_ = 0;                              // position of order_[next_]
  std::array<size_t, levels.size()* 2> order_ = {};  // by position
  std::array<double, levels.size()* 2> values_ = {};
};

// Values at equal ranks, the middle one of each stretch, from `size` values that come in ascending order.
class Sketcher {
 public:
  explicit Sketcher(uint64_t size) : size_(size), count_(std::min(size, sketch_values)) {}

  void add(double value, uint64_t count) {
    seen_ += count;
    while (values_.size() < count_ && (2 * values_.size() + 1) * size_ / (2 * count_) < seen_) values_.push_back(value);
  }
  std::vector<double> take() { return std::move(values_); }

 private:
  uint64_t size_;
  uint64_t count_;
  uint64_t seen_ = 0;
  std::vector<double> values_;
};

}  // namespace

std::span<const double> quantile_levels() {
  return levels;
}

Outcome<void> summarize(const Moments& moments, NumberValues& values, bool sketch, ColumnProfile& column) {
  if (column.count == 0) return {};
  NumberProfile& numbers = column.numbers.emplace();
  numbers.min = moments.min();
  numbers.max = moments.max();
  numbers.mean = moments.mean();
  numbers.sum = moments.sum();
  numbers.std = moments.std();
  numbers.skew = moments.skew();
  numbers.kurtosis = moments.kurtosis();
  numbers.zeros = moments.zeros();
  numbers.negatives = moments.negatives();
  numbers.infinite = moments.infinite();
  const bool finite = moments.count() > 0 && std::isfinite(numbers.max - numbers.min);
  Binner histogram(finite ? numbers.min : 0, finite ? numbers.max : 1, histogram_bins);
  Binner buckets(finite ? numbers.min : 0, finite ? numbers.max : 1, bucket_bins);
  Quantiles quantiles(column.count);
  Sketcher sketcher(sketch ? column.count - numbers.infinite : 0);
  Top top(top_values);
  auto visited = values.visit([&](std::span<const CountedNumber> some) {
    column.distinct += some.size();
    for (const auto& [value, count] : some) {
      quantiles.add(value, count);
      if (top.takes(count)) top.add({{}, value, count});
      if (std::isfinite(value)) sketcher.add(value, count);
      if (!finite || !std::isfinite(value)) continue;
      histogram.add(value, count);
      buckets.add(value, count);
    }
  });
  if (!visited) return visited;
  numbers.quantiles = quantiles.take();
  numbers.sketch = sketcher.take();
  if (finite) numbers.histogram = histogram.take();
  if (finite) numbers.buckets = buckets.take();
  column.top = top.take();
  return {};
}

Outcome<void> summarize(TextValues& values, ColumnProfile& column) {
  if (column.count == 0) return {};
  TextProfile& texts = column.texts.emplace();
  texts.length_min = std::numeric_limits<uint64_t>::max();
  double lengths = 0;
  Top top(top_values);
  std::unordered_map<std::string, uint64_t> patterns;
  uint64_t other_patterns = 0;
  auto visited = values.visit([&](std::string_view text, uint64_t count) {
    ++column.distinct;
    if (top.takes(count)) top.add({std::string(text.substr(0, shown_bytes_max)), 0, count});
    const uint64_t length = count_characters(text);
    texts.length_min = std::min(texts.length_min, length);
    texts.length_max = std::max(texts.length_max, length);
    lengths += static_cast<double>(length) * static_cast<double>(count);
    if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) texts.padded += count;
    if (std::ranges::any_of(text, [](char c) { return (c & 0x80) != 0; })) texts.non_ascii += count;
    if (parse_number(text)) texts.numbers += count;
    std::string pattern = pattern_of(text);
    const auto found = patterns.find(pattern);
    if (found != patterns.end()) {
      found->second += count;
    } else if (patterns.size() < patterns_max) {
      patterns.emplace(std::move(pattern), count);
    } else {
      other_patterns += count;
    }
  });
  if (!visited) return visited;
  texts.length_mean = lengths / static_cast<double>(column.count);
  column.top = top.take();
  // A cut in the middle of a character would not be UTF-8.
  for (ValueCount& value : column.top) {
    while (first_bad_utf8(value.text) != std::string_view::npos) value.text.pop_back();
  }
  std::vector<ValueCount> ordered;
  for (auto& [pattern, count] : patterns) ordered.push_back({pattern, 0, count});
  std::ranges::sort(ordered, [](const ValueCount& one, const ValueCount& other) {
    return one.count != other.count ? one.count > other.count : one.text < other.text;
  });
  if (ordered.size() > top_patterns) ordered.resize(top_patterns);
  texts.patterns = std::move(ordered);
  return {};
}

std::string pattern_of(std::string_view text) {
  std::string pattern;
  const bool collapse = text.size() > pattern_characters_max;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;  // the rest of a character
    char shape = c;
    if (c >= '0' && c <= '9') shape = '9';
    if (c >= 'A' && c <= 'Z') shape = 'A';
    if ((c >= 'a' && c <= 'z') || byte >= 0x80) shape = 'a';
    if (collapse && !pattern.empty() && pattern.back() == shape) continue;
    pattern += shape;
    if (pattern.size() > 4 * pattern_characters_max) break;
  }
  return pattern;
}

uint64_t count_characters(std::string_view text) {
  return static_cast<uint64_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace penstock::explore
