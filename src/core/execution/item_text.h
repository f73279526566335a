// Items out of text: CSV, JSON and JSON Lines, read as they come. Source: "ItemReader (Map)" in the Step Functions
// developer guide; the error texts and what odd CSV rows give are recorded answers.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "core/execution/items.h"

namespace penstock::execution {

// Bytes, once, from the beginning.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual Outcome<size_t> read(char* buffer, size_t size) = 0;  // 0 at the end
};

struct ItemFormat {
  enum class Kind { csv, json, json_lines };
  Kind kind = Kind::json;
  char delimiter = ',';              // CSV
  bool headers_given = false;        // CSV: by `headers`, else by the first row
  std::vector<std::string> headers;  //
  std::string pointer;               // JSON: where the array is (RFC 6901); empty: the whole
  bool objects = false;              // JSON: it may be an object, too, whose members are the items (pipeline::items_of)
};

// The largest single item or row that is read. Ours; AWS's bound for a row is of this size, too.
inline constexpr size_t item_bytes_max = 10 * 1024 * 1024;

std::unique_ptr<ItemSource> read_items(std::unique_ptr<ByteSource> bytes, ItemFormat format, std::string name);

}  // namespace penstock::execution
