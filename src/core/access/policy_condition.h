// PolicyCondition: one operator with one key of a statement's Condition.
// Source: "IAM JSON policy elements: Condition operators", IAM user guide.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/access/policy_text.h"

namespace penstock::access {

class PolicyCondition {
 public:
  // The conditions of {"StringEquals": {"aws:username": ["a"]}, ...}. Errors: MalformedPolicyDocument.
  static Outcome<std::vector<PolicyCondition>> compile(const Json& block, bool variables);

  bool holds(const RequestKeys& keys) const;

 private:
  enum class Kind {
    string_equals,
    string_equals_ignoring_case,
    string_like,
    numeric_equals,
    numeric_less,
    numeric_less_equal,
    numeric_greater,
    numeric_greater_equal,
    date_equals,
    date_less,
    date_less_equal,
    date_greater,
    date_greater_equal,
    boolean,
    binary,
    ip_address,
    arn,
    null
  };
  enum class Several { one, all, any };  // of the request's values: no prefix, ForAllValues, ForAnyValue

  static bool read_operator(std::string_view text, PolicyCondition& condition);
  bool matches_one(const PolicyText& wanted, const std::string& given, const RequestKeys& keys) const;
  bool matches_value(const std::string& given, const RequestKeys& keys) const;

  Kind kind_ = Kind::string_equals;
  Several several_ = Several::one;
  bool negated_ = false;
  bool if_exists_ = false;
  std::string key_;  // lower case
  std::vector<PolicyText> values_;
};

}  // namespace penstock::access
