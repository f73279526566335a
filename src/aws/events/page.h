// NextToken and Limit: a token is the name that the next page begins after, in base64.
#pragma once

#include <optional>
#include <string>

#include "aws/events/rule_record.h"
#include "base/encoding.h"

namespace penstock::aws::events {

inline constexpr int64_t page_default = 100;  // also the most that Limit may be

// The name, empty for the first page. Error ValidationException.
inline Outcome<std::string> page_start(const std::optional<std::string>& token) {
  if (!token) return std::string();
  std::optional<std::string> name = from_base64(*token);
  if (!name || name->empty()) return validation_error("The next token is not valid.");
  return *name;
}

}  // namespace penstock::aws::events
