#include "aws/s3/public_access.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/json_read.h"

namespace penstock::aws::s3 {

namespace {

constexpr std::string_view all_users = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view authenticated_users = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

std::vector<std::string> texts_in(const Json& value) {
  if (value.is_string()) return {std::string(value.as_string())};
  return texts_of(value);
}

bool names_everyone(const Json& statement) {
  if (statement.find("NotPrincipal") != nullptr) return true;
  const Json& principal = statement["Principal"];
  if (principal.is_string()) return principal.as_string() == "*";
  return principal.is_object() && std::ranges::any_of(principal.members(), [](const JsonMember& member) {
           const std::vector<std::string> names = texts_in(member.value);
           return std::ranges::find(names, "*") != names.end();
         });
}

// An address, or a network not wider than the guide allows.
bool is_narrow_network(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return true;
  const bool is_v6 = text.find(':') != std::string::npos;
  int bits = 0;
  std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
  return bits >= (is_v6 ? 32 : 8);
}

// Does a condition leave only fixed ones of everybody?
bool narrows(std::string_view operation, const std::string& key, const std::vector<std::string>& values) {
  constexpr std::string_view equalities[] = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals",
                                             "arnlike"};
  constexpr std::string_view fixed_keys[] = {"aws:principalarn",
                                             "aws:principalaccount",
                                             "aws:principalorgid",
                                             "aws:sourcearn",
                                             "aws:sourcevpc",
                                             "aws:sourcevpce",
                                             "aws:sourceowner",
                                             "aws:sourceaccount",
                                             "aws:userid",
                                             "s3:x-amz-server-side-encryption-aws-kms-key-id",
                                             "s3:dataaccesspointarn",
                                             "s3:dataaccesspointaccount"};
  if (values.empty()) return false;
  if (key == "aws:sourceip") return operation == "ipaddress" && std::ranges::all_of(values, is_narrow_network);
  if (std::ranges::find(fixed_keys, key) == std::end(fixed_keys)) return false;
  if (std::ranges::find(equalities, operation) == std::end(equalities)) return false;
  return std::ranges::all_of(values, [](const std::string& value) {
    return value.find_first_of("*?") == std::string::npos && value.find("${") == std::string::npos;
  });
}

bool has_narrowing(const Json& condition) {
  if (!condition.is_object()) return false;
  for (const JsonMember& operation : condition.members()) {
    if (!operation.value.is_object()) continue;
    for (const JsonMember& key : operation.value.members()) {
      if (narrows(to_lower(operation.key), to_lower(key.key), texts_in(key.value))) return true;
    }
  }
  return false;
}

bool allows_everyone(const Json& statement) {
  return statement.text("Effect") == "Allow" && names_everyone(statement) && !has_narrowing(statement["Condition"]);
}

// What a canned ACL gives to a group. Source: "Canned ACL", S3 user guide.
bool canned_gives(std::string_view canned, std::string_view permission, bool to_anonymous) {
  if (permission == "READ") {
    return canned.starts_with("public-read") || (!to_anonymous && canned == "authenticated-read");
  }
  return permission == "WRITE" && canned == "public-read-write";
}

bool is_to_group(const Json& grant, std::string_view group) {
  return grant["Grantee"].text("URI") == group;
}

}  // namespace

PublicAccess public_access_of(const store::Bucket& bucket) {
  const Json& block = bucket.settings["public_access_block"];
  if (block.is_null()) return {};
  return {flag_in(block, "BlockPublicAcls"), flag_in(block, "IgnorePublicAcls"), flag_in(block, "BlockPublicPolicy"),
          flag_in(block, "RestrictPublicBuckets")};
}

std::string_view ownership_of(const store::Bucket& bucket) {
  const Json& controls = bucket.settings["ownership"];
  // A bucket whose controls were deleted (false) has its objects owned by their writers.
  if (controls.is_boolean()) return "ObjectWriter";
  return controls["Rules"][size_t{0}].text("ObjectOwnership", "BucketOwnerEnforced");
}

bool is_public_policy(std::string_view policy) {
  Outcome<Json> document = parse_json(policy);
  if (!document) return false;
  const Json& statements = (*document)["Statement"];
  if (!statements.is_array()) return allows_everyone(statements);
  return std::ranges::any_of(statements.items(), allows_everyone);
}

bool is_public_acl(const Json& acl) {
  if (acl.is_string()) return canned_gives(acl.as_string(), "READ", false);
  const Json& grants = acl["Grants"];
  return grants.is_array() && std::ranges::any_of(grants.items(), [](const Json& grant) {
           return is_to_group(grant, all_users) || is_to_group(grant, authenticated_users);
         });
}

bool acl_allows(const Json& acl, std::string_view permission, bool is_anonymous) {
  if (acl.is_string()) return canned_gives(acl.as_string(), permission, is_anonymous);
  const Json& grants = acl["Grants"];
  return grants.is_array() && std::ranges::any_of(grants.items(), [&](const Json& grant) {
           const bool to_asker =
               is_to_group(grant, all_users) || (!is_anonymous && is_to_group(grant, authenticated_users));
           return to_asker && (grant.text("Permission") == permission || grant.text("Permission") == "FULL_CONTROL");
         });
}

}  // namespace penstock::aws::s3
