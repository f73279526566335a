// What the IAM resource types have in common: roles, users and groups differ in the names of their operations only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudformation/resource_handler.h"

namespace penstock::aws::cloudformation {

struct Words {
  std::string_view kind;  // "Role"
  std::string_view name;  // "RoleName"
};

inline constexpr Words role_words{"Role", "RoleName"};
inline constexpr Words user_words{"User", "UserName"};
inline constexpr Words group_words{"Group", "GroupName"};

// "AttachRolePolicy" of Attach and Policy.
std::string operation(std::string_view verb, const Words& words, std::string_view rest = {});
// The member that names the principal.
Json named(const Words& words, const std::string& name);
bool holds(const std::vector<std::string>& list, const std::string& text);
// IAM gives documents percent-encoded.
Json decoded(const Json& document);

Outcome<std::string> choose_principal(const Calls& calls, const stack::ResourceCall& call, const Words& words);
// From the policies, managed and inline, that the earlier properties name to those that the properties name; others are
// left alone.
Outcome<void> settle_policies(const Calls& calls, const stack::ResourceCall& call, const Words& words);
// The same of the permissions boundary and the tags, which groups have not.
Outcome<void> settle_boundary(const Calls& calls, const stack::ResourceCall& call, const Words& words);
Outcome<void> settle_principal_tags(const Calls& calls, const stack::ResourceCall& call, const Words& words);
// Also whatever anybody attached to it: a principal with policies cannot be deleted.
Outcome<void> remove_principal(const Calls& calls, const stack::ResourceCall& call, const Words& words);
// Of a read: ManagedPolicyArns and Policies, in the order of the properties'.
Outcome<void> read_policies(const Calls& calls, const stack::ResourceCall& call, const Words& words, Json& actual);

}  // namespace penstock::aws::cloudformation
