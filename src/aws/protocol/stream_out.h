// StreamOut: a response body that the handler gives as bytes or as a range of a file.
#pragma once

#include <optional>
#include <string>

#include "aws/protocol/http.h"

namespace penstock::aws {

struct StreamOut {
  std::string bytes;
  std::optional<FileRange> file;  // sent instead of `bytes`
};

}  // namespace penstock::aws
