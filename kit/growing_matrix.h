// GrowingMatrix: features on their way from files to an algorithm, in memory up to a budget and from then on in
// temporary files. Algorithms read these as memory (base/mapped_file.h), row after row, so that features may be larger
// than it.
#pragma once

#include <memory>
#include <string>

#include "core/explore/spill.h"
#include "core/learn/matrix.h"

namespace penstock::kit {

class GrowingMatrix {
 public:
  // Files are made in `folder`, and have no name from then on.
  GrowingMatrix(Disk& disk, std::string folder, size_t budget_bytes)
      : spill_(disk, std::move(folder), budget_bytes), budget_(budget_bytes) {}

  // Adds rows of as many columns. `share`: how much of all rows there is with them, a guess, to make room once.
  Outcome<void> append(learn::Matrix&& rows, double share);
  size_t rows() const { return rows_spilled_ + held_.rows(); }
  // All rows; none can be added from here on.
  Outcome<learn::Matrix> take();

 private:
  struct Files {
    std::unique_ptr<explore::SpillFile> values;
    std::unique_ptr<explore::SpillFile> offsets;  // of a sparse matrix, as `indices`
    std::unique_ptr<explore::SpillFile> indices;
  };
  Outcome<void> spill();
  Outcome<void> make_files();

  explore::Spill spill_;
  size_t budget_;
  learn::Matrix held_;
  Files files_;
  size_t rows_spilled_ = 0;
  uint64_t entries_spilled_ = 0;
};

}  // namespace penstock::kit
