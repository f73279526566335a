// PolicyText: a pattern or value of a policy with its wildcards (* and ?) and policy variables (${aws:username}).
// Source: "IAM policy elements: Variables and tags", IAM user guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::access {

// What is known of a request besides action and resource: condition keys with their values.
class RequestKeys {
 public:
  virtual ~RequestKeys() = default;
  // The values of a key, whose name is given in lower case ("aws:sourceip"); nothing when the request lacks it.
  virtual std::optional<std::vector<std::string>> find(std::string_view lower_name) const = 0;
};

class PolicyText {
 public:
  // `variables`: ${...} is a variable (policies of Version 2012-10-17), else text like any other.
  static PolicyText compile(std::string_view text, bool variables);

  // With wildcards. A variable that the request lacks, and that has no default, matches nothing.
  bool matches(std::string_view text, const RequestKeys& keys) const;
  // As Arn conditions compare: each of the six parts for itself, so that a wildcard does not reach over a ':'.
  bool matches_arn(std::string_view arn, const RequestKeys& keys) const;
  // The text with its variables filled in and its wildcards as the characters they are; nothing without a variable's
  // value.
  std::optional<std::string> text(const RequestKeys& keys) const;
  bool is_everything() const;  // "*"

 private:
  // Wildcards are control characters here, which no policy may hold; a variable is \3NAME\4DEFAULT\3 (\4 only with
  // one).
  std::optional<std::string> fill(const RequestKeys& keys) const;

  std::string pattern_;
  bool has_variables_ = false;
};

}  // namespace penstock::access
