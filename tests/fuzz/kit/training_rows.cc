#include "base/assert.h"
#include "kit/builtin_data.h"
#include "targets.h"

namespace penstock::fuzz {

namespace {

void check(const kit::SparseRows& rows) {
  PENSTOCK_ASSERT(rows.labels.size() == rows.rows);
  for (const auto& entry : rows.entries) PENSTOCK_ASSERT(entry.row < rows.rows && entry.column < rows.columns);
}

}  // namespace

// The data of a built-in algorithm's channel: as RecordIO and as LIBSVM. Every value lies in the rows and columns that
// are told.
void training_rows(std::string_view bytes) {
  kit::SparseRows records;
  if (kit::read_recordio(bytes, "file", records)) check(records);
  kit::SparseRows lines;
  if (kit::read_libsvm(bytes, "file", lines)) {
    check(lines);
    PENSTOCK_ASSERT(lines.weights.empty() || lines.weights.size() == lines.rows);
  }
}

}  // namespace penstock::fuzz
