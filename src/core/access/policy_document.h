// The check of a policy document when it is stored (IAM user guide, "IAM JSON policy elements reference").
#pragma once

#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::access {

// `identity`: what a principal may do. `trust`: who may assume a role.
enum class PolicyUse { identity, trust };

// MalformedPolicyDocument, in IAM's words, when `document` is not one.
Outcome<void> check_policy_document(std::string_view document, PolicyUse use);

}  // namespace penstock::access
