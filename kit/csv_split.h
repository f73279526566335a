// The first step of reading CSV (RFC 4180): where the rows and fields of a block of text begin and end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace penstock::kit {

// Field `c` of row `r` of `columns` ends at ends[r * columns + c]; row r begins at row_starts[r], and every other field
// one byte after the field before it.
struct CsvRows {
  std::vector<uint32_t> row_starts;
  std::vector<uint32_t> ends;  // may go on behind the last row's: memory that is used again
  size_t line_ends = 0;        // in the consumed bytes, also those within quotes
  size_t consumed = 0;         // bytes of whole rows; the rest belongs to the next block
  bool high_bytes = false;     // some byte is beyond ASCII
  bool nul_bytes = false;
};

// What stopped the split.
struct CsvFault {
  enum class Kind { none, ragged_row, open_quote };
  Kind kind = Kind::none;
  size_t at = 0;      // byte of the row's begin
  size_t fields = 0;  // how many fields a ragged row has
};

class CsvSplitter {
 public:
  // `columns` 0: the first row says how many there are. `line_end` is \n, or \r in files that have no other.
  CsvSplitter(char delimiter, char line_end, size_t columns)
      : delimiter_(delimiter), line_end_(line_end), columns_(columns) {}

  // Splits `text` (under 4 GiB) into rows. Blank lines are no rows. The last row may lack its line end only in the
  // `last` block; elsewhere an unfinished row is left for the next one.
  CsvFault split(std::string_view text, bool last, CsvRows& rows);

  size_t columns() const { return columns_; }

 private:
  void step_through(struct CsvWalk& walk, size_t begin, size_t end);
  void end_row(struct CsvWalk& walk, size_t at);

  char delimiter_;
  char line_end_;
  size_t columns_;
};

}  // namespace penstock::kit
