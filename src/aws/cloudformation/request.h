// What CloudFormation's requests have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/cloudformation/handlers.h"
#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/stack/stacks.h"

namespace penstock::aws::cloudformation {

// How long an operation that was begun is waited for before the answer. Stacks of small resources end within it, and
// clients, whose waiters look every 5 to 30 seconds, then find them ended at their first look.
inline constexpr int end_wait_milliseconds = 1'000;
inline constexpr size_t page_max = 100;  // ListStacks, DescribeStackEvents, ...

stack::Asker asker_of(const Context& context);

// The template given in the request by text or by URL, or nothing when neither is. A URL must name an object in one of
// our buckets: our own endpoint in path or virtual-host style, s3://, or any of Amazon S3's host names.
Outcome<std::optional<std::string>> read_template(Context& context, const std::optional<std::string>& body,
                                                  const std::optional<std::string>& url);
Outcome<std::string> read_template_url(const Context& context, std::string_view url);

// The policy given in the request by text or by URL, or nothing when neither is.
Outcome<std::optional<std::string>> read_policy(Context& context, const std::optional<std::string>& body,
                                                const std::optional<std::string>& url);

std::vector<stack::GivenParameter> given_parameters(const std::optional<std::vector<Parameter>>& parameters);
// The values as a stack shows them; those with NoEcho as ****.
std::vector<Parameter> shown_parameters(const stack::Definition& definition);
Outcome<std::optional<Json>> given_tags(const std::optional<std::vector<Tag>>& tags);
std::vector<Tag> shown_tags(const Json& tags);

// Items of one page; `next` is set when there are more. A token is the position of the next page's first item.
template <class T>
Outcome<std::vector<T>> take_page(std::vector<T> all, const std::optional<std::string>& token,
                                  std::optional<std::string>& next) {
  size_t from = 0;
  if (token) {
    for (char digit : *token) {
      if (digit < '0' || digit > '9' || token->size() > 9)
        return Error{"ValidationError", "The NextToken is not valid"};
      from = from * 10 + static_cast<size_t>(digit - '0');
    }
  }
  from = std::min(from, all.size());
  size_t to = std::min(from + page_max, all.size());
  if (to < all.size()) next = std::to_string(to);
  return std::vector<T>(std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(from)),
                        std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(to)));
}

// Refuses what is not served instead of ignoring it.
Outcome<void> refuse(bool asked, std::string_view what);

inline std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace penstock::aws::cloudformation
