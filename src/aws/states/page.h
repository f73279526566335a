// nextToken and maxResults: a token is the key that the next page begins after, in base64.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/outcome.h"

namespace penstock::aws::states {

inline constexpr size_t page_default = 100;  // when maxResults is absent or 0

inline size_t page_size(const std::optional<int64_t>& max_results) {
  return max_results.value_or(0) > 0 ? static_cast<size_t>(*max_results) : page_default;
}

inline std::string page_token(std::string_view key) {
  return to_base64(key);
}

// The key, empty for the first page. Error InvalidToken.
inline Outcome<std::string> page_start(const std::optional<std::string>& token) {
  if (!token) return std::string();
  std::optional<std::string> key = from_base64(*token);
  if (!key || key->empty()) return Error{"InvalidToken", "Invalid Token: 'Invalid token'"};
  return *key;
}

}  // namespace penstock::aws::states
