// PackedNumbers: the numbers of a column without their order, in half the memory of doubles where all are decimals of a
// few places (prices, ages, rates as files have them): then each is an integer of 32 bits over one power of ten, and
// sorts in fewer passes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace penstock::explore {

class PackedNumbers {
 public:
  // NaN is missing and infinities are kept apart: both are counted only. -0 counts as 0.
  void add(std::span<const double> values);

  uint64_t missing() const { return missing_; }
  uint64_t infinite() const { return positive_infinite_ + negative_infinite_; }
  uint64_t positive_infinite() const { return positive_infinite_; }
  uint64_t negative_infinite() const { return negative_infinite_; }
  uint64_t size() const { return size_; }  // finite ones
  size_t memory() const;                   // in bytes

  // The finite numbers in ascending order as runs of equal ones. Forgets them.
  struct Runs {
    std::vector<double> values;
    std::vector<uint64_t> ends;  // numbers up to and with each run
  };
  Runs take_runs();
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

  void add_finite(std::span<double> block);
  bool pack(std::span<double> block);
  bool rescale(unsigned decimals);
  void unpack();
  Runs runs_of_packed() const;
  Runs runs_of_doubles() const;

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
