// Where exact statistics put what does not fit into memory: a budget that all of a profile's parts share, and temporary
// files for sorted runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/outcome.h"

namespace penstock::explore {

// Appended once, then read by position. Unlinked as soon as it is made, so that nothing stays behind.
class SpillFile {
 public:
  explicit SpillFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Outcome<uint64_t> append(std::string_view bytes);  // the position where they begin
  // Exactly `size` bytes.
  Outcome<void> read(uint64_t at, char* buffer, size_t size);
  uint64_t size() const { return size_; }
  const File& file() const { return *file_; }

 private:
  std::unique_ptr<File> file_;
  uint64_t size_ = 0;
};

class Spill {
 public:
  // Files are made in `folder`; parts begin to spill once they take more than `budget_bytes` together.
  Spill(Disk& disk, std::string folder, size_t budget_bytes)
      : disk_(disk), folder_(std::move(folder)), budget_(budget_bytes) {}

  Outcome<std::unique_ptr<SpillFile>> make_file();

  // A part says how much memory it took or (negative) gave back.
  void account(int64_t bytes) { used_ += bytes; }
  // Whether a part that holds `own` bytes should spill now: parts too small to matter never do.
  bool is_over(size_t own) const { return used_ > static_cast<int64_t>(budget_) && own >= smallest_run_bytes; }

  static constexpr size_t smallest_run_bytes = size_t{1} << 20;

 private:
  Disk& disk_;
  std::string folder_;
  size_t budget_;
  int64_t used_ = 0;
  uint64_t made_ = 0;
};

// What one part has on the budget; given back on destruction.
class SpillAccount {
 public:
  explicit SpillAccount(Spill& spill) : spill_(&spill) {}
  SpillAccount(SpillAccount&& other) noexcept : spill_(other.spill_), held_(std::exchange(other.held_, 0)) {}
  SpillAccount& operator=(SpillAccount&& other) noexcept {
    hold(0);
    spill_ = other.spill_;
    held_ = std::exchange(other.held_, 0);
    return *this;
  }
  ~SpillAccount() { hold(0); }

  // The part now takes so many bytes.
  void hold(size_t bytes) {
    spill_->account(static_cast<int64_t>(bytes) - held_);
    held_ = static_cast<int64_t>(bytes);
  }
  Spill& spill() const { return *spill_; }
  bool is_over() const { return spill_->is_over(static_cast<size_t>(held_)); }

 private:
  Spill* spill_;
  int64_t held_ = 0;
};

// A run of fixed-size records on a spill file, read in order through a small buffer.
template <class Record>
class RunReader {
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  RunReader(SpillFile& file, uint64_t at, uint64_t count) : file_(&file), at_(at), left_(count) {}

  // The next record; false at the end.
  Outcome<bool> next(Record& record) {
    if (next_ == buffer_.size()) {
      if (left_ == 0) return false;
      buffer_.resize(static_cast<size_t>(left_ < records_at_once ? left_ : records_at_once));
      const size_t bytes = buffer_.size() * sizeof(Record);
      if (auto read = file_->read(at_, reinterpret_cast<char*>(buffer_.data()), bytes); !read) return read.error();
      at_ += bytes;
      left_ -= buffer_.size();
      next_ = 0;
    }
    record = buffer_[next_++];
    return true;
  }

 private:
  static constexpr size_t records_at_once = 8192;
  SpillFile* file_;
  uint64_t at_;
  uint64_t left_;
  std::vector<Record> buffer_;
  size_t next_ = 0;
};

}  // namespace penstock::explore
