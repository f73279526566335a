// nextToken and maxResults. A token says where the next page begins, and of which list; clients see base64.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/context.h"
#include "aws/protocol/json_codec.h"
#include "base/outcome.h"

namespace penstock::aws::states {

inline constexpr size_t page_default = 100;  // when maxResults is absent or 0

inline size_t page_size(const std::optional<int64_t>& max_results) {
  return max_results.value_or(0) > 0 ? static_cast<size_t>(*max_results) : page_default;
}

// The pages of one list. Source: nextToken in the API reference: "Make the call again using the returned token and keep
// all other arguments unchanged. Each pagination token expires after 24 hours."
class Pages {
 public:
  // `Input`: of an operation that lists.
  template <class Input>
  Pages(const Context& context, std::string_view operation, Input input) : context_(context), list_(operation) {
    input.next_token.reset();
    input.max_results.reset();
    list_ += to_string(to_json(input));
  }

  // The key that the page begins after, empty for the first page. Error InvalidToken: made up, of another list or
  // expired.
  Outcome<std::string> start(const std::optional<std::string>& token) const;
  std::string token(std::string_view key) const;

 private:
  std::string mark(std::string_view place) const;

  const Context& context_;
  std::string list_;  // operation and arguments
};

}  // namespace penstock::aws::states
