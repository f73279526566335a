// What roles, users, groups and policies have in common on the wire: paging (MaxItems and an opaque Marker), tags,
// inline policies.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/context.h"
#include "base/encoding.h"
#include "base/outcome.h"
#include "core/access/access.h"
#include "models/iam/shapes.h"

namespace penstock::aws::iam {

inline constexpr int64_t page_items_default = 100;

inline access::Directory& directory(Context& context) {
  return context.platform.access.directory();
}

// The user that is named, else the one who calls; ValidationError when no user calls.
Outcome<std::string> user_name_of(const Context& context, const std::optional<std::string>& given);

inline Error invalid_marker() {
  return Error{"ValidationError", "Invalid Marker.", 400};
}

// What a list operation asks for. Error ValidationError for a marker that is not ours.
template <class Input>
Outcome<access::PageRequest> page_request(const Input& input) {
  access::PageRequest request;
  if constexpr (requires { input.path_prefix; }) request.path_prefix = input.path_prefix.value_or("");
  request.count = static_cast<size_t>(input.max_items.value_or(page_items_default));
  if (!input.marker) return request;
  std::optional<std::string> after = from_base64(*input.marker);
  if (!after || after->empty()) return invalid_marker();
  request.after = *after;
  return request;
}

template <class Output>
void set_next(Output& output, const std::optional<std::string>& next) {
  output.is_truncated = next.has_value();
  if (next) output.marker = to_base64(*next);
}

// The page of a list that is at hand: items behind `after`, which is a position.
template <class T, class Input, class Output>
Outcome<std::vector<T>> take_page(std::vector<T> items, const Input& input, Output& output) {
  Outcome<access::PageRequest> request = page_request(input);
  if (!request) return request.error();
  size_t first = 0;
  for (char c : request->after) {
    if (c < '0' || c > '9' || first > items.size()) return invalid_marker();
    first = first * 10 + static_cast<size_t>(c - '0');
  }
  first = std::min(first, items.size());
  size_t last = std::min(first + request->count, items.size());
  std::optional<std::string> next;
  if (last < items.size()) next = std::to_string(last);
  set_next(output, next);
  return std::vector<T>(std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(first)),
                        std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(last)));
}

std::vector<Tag> wire_tags(const access::Texts& tags);
// LimitExceeded, InvalidInput (access::add_tags).
Outcome<access::Texts> texts_of(const std::optional<std::vector<Tag>>& tags);
// arn:aws:iam::ACCOUNT:role/path/name
std::string iam_arn(const Context& context, const char* type, const std::string& path, const std::string& name);
// "/", or the path checked to begin and end with '/': ValidationError.
Outcome<std::string> checked_path(const std::optional<std::string>& path);
// Policies attached to a principal, whose path starts with the prefix.
std::vector<AttachedPolicy> attached_policies(const access::Principal& principal,
                                              const std::optional<std::string>& path_prefix);
std::vector<std::string> policy_names(const access::Principal& principal);
// Percent-encoded, as IAM answers documents.
std::string wire_document(std::string_view document);

Error no_such_inline_policy(access::PrincipalKind kind, const std::string& policy_name);
// NoSuchEntity unless the policy is there, or is one of AWS's.
Outcome<void> check_boundary(Context& context, const std::string& policy_arn);
// Gives it the name and path that are there, and their ARN.
Outcome<access::Principal> rename_principal(Context& context, access::PrincipalKind kind, const std::string& before,
                                            const std::optional<std::string>& name,
                                            const std::optional<std::string>& path);

}  // namespace penstock::aws::iam
