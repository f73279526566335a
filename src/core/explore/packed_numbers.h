// PackedNumbers: the numbers of a column without their order, in half the memory of doubles where all are decimals of a
// few places (prices, ages, rates as files have them): then each is an integer of 32 bits over one power of ten, and
// sorts in fewer passes. Such integers that lie close together (ages, counts) are only counted.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace penstock::explore {

inline constexpr unsigned packed_decimals_max = 9;
// 10^decimals, exactly; at most packed_decimals_max.
double packed_scale(unsigned decimals);
// A finite number as an integer over 10^decimals; nothing when it is none of 32 bits.
std::optional<int32_t> packed_number(double value, unsigned decimals);
// In place of a missing number among packed ones.
inline constexpr int32_t packed_missing = std::numeric_limits<int32_t>::min();

// Distinct numbers in ascending order, and how many of all are at most each of them.
template <class Number, class Count>
struct NumberRuns {
  std::vector<Number> numbers;
  std::vector<Count> ends;
};
using WideRuns = NumberRuns<double, uint64_t>;
// Of integers over 10^decimals, packed_size_max of them at most.
struct PackedRuns : NumberRuns<int32_t, uint32_t> {
  unsigned decimals = 0;
};
inline constexpr uint64_t packed_size_max = std::numeric_limits<int32_t>::max();

class PackedNumbers {
 public:
  // NaN is missing and infinities are kept apart: both are counted only. -0 counts as 0.
  void add(std::span<const double> values);
  // Integers over 10^decimals, packed_missing where a number is missing.
  void add_packed(std::span<const int32_t> values, unsigned decimals);

  uint64_t missing() const { return missing_; }
  uint64_t infinite() const { return positive_infinite_ + negative_infinite_; }
  uint64_t positive_infinite() const { return positive_infinite_; }
  uint64_t negative_infinite() const { return negative_infinite_; }
  uint64_t size() const { return size_; }  // finite ones
  size_t memory() const;                   // in bytes

  // The finite numbers in ascending order as runs of equal ones, packed where they can be. Forgets them.
  WideRuns take_runs();
  std::variant<PackedRuns, WideRuns> take_packed_runs();
  // Forgets all.
  void clear();

 private:
  static constexpr size_t chunk_values = size_t{1} << 14;
  template <class Value>
  struct Chunks {
    std::vector<std::unique_ptr<Value[]>> full;  // all but the last one, of chunk_values each
    size_t in_last = chunk_values;

    std::span<const Value> chunk(size_t i) const {
      return {full[i].get(), i + 1 == full.size() ? in_last : chunk_values};
    }
    void append(const Value* values, size_t count);
  };
  // How often each integer from `least` on occurs.
  struct Counts {
    int32_t least = 0;
    std::vector<uint64_t> counts;

    // Makes room for the integers from `low` up to `high`; false when these are too many to be counted one by one.
    bool cover(int32_t low, int32_t high);
    uint64_t& of(int32_t number) { return counts[static_cast<size_t>(int64_t{number} - least)]; }
  };

  void add_finite(std::span<double> block);
  bool pack(std::span<double> block);
  bool bring_to_scale(std::span<int32_t> block, unsigned decimals);
  bool rescale(unsigned decimals);
  void append_packed(std::span<int32_t> block);
  void stop_counting();
  void unpack();
  template <class Sink>
  void runs_of_packed(Sink& sink) const;
  WideRuns runs_of_doubles() const;
  void forget_numbers();

  // Packed numbers are counted as long as they lie close together, then collected.
  Counts counted_;
  bool counts_ = true;
  Chunks<int32_t> packed_;  // over 10^decimals_
  Chunks<double> doubles_;  // all, once one does not pack
  unsigned decimals_ = 0;
  bool packs_ = true;
  uint64_t size_ = 0;
  uint64_t missing_ = 0;
  uint64_t positive_infinite_ = 0;
  uint64_t negative_infinite_ = 0;
};

}  // namespace penstock::explore
