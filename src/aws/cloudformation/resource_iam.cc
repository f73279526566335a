// AWS::IAM::*: roles, users, access keys and policies.
#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation/resource_handler.h"
#include "base/encoding.h"
#include "core/access/access.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t name_max = 64;
constexpr size_t policy_name_max = 128;

// Roles and users differ in the names of their operations only.
struct Words {
  std::string_view kind;  // "Role"
  std::string_view name;  // "RoleName"
};

constexpr Words role_words{"Role", "RoleName"};
constexpr Words user_words{"User", "UserName"};

std::string operation(std::string_view verb, const Words& words, std::string_view rest = {}) {
  return fmt::format("{}{}{}", verb, words.kind, rest);
}

Json named(const Words& words, const std::string& name) {
  return Json::object({{std::string(words.name), Json(name)}});
}

Outcome<std::string> choose_principal(const Calls& calls, const ResourceCall& call, const Words& words) {
  std::string name = chosen_name(calls, call, words.name, name_max);
  Outcome<Json> there = calls("iam", operation("Get", words), named(words, name));
  if (there.ok()) return already_exists(call.type, name);
  return name;
}

bool holds(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

std::vector<std::string> policy_names(const Json& policies) {
  std::vector<std::string> names;
  if (!policies.is_array()) return names;
  for (const Json& policy : policies.items()) names.emplace_back(policy.text("PolicyName"));
  return names;
}

// From the policies that `before` names to those that the properties name; others are left alone.
Outcome<void> settle_policies(const Calls& calls, const ResourceCall& call, const Words& words) {
  const std::string& name = call.physical_id;
  std::vector<std::string> wanted = texts_of(call.properties["ManagedPolicyArns"]);
  for (const std::string& arn : texts_of(call.previous["ManagedPolicyArns"])) {
    if (holds(wanted, arn)) continue;
    Json parameters = named(words, name);
    parameters.set("PolicyArn", Json(arn));
    if (Outcome<void> done = removed(calls("iam", operation("Detach", words, "Policy"), parameters)); !done)
      return done;
  }
  for (const std::string& arn : wanted) {
    Json parameters = named(words, name);
    parameters.set("PolicyArn", Json(arn));
    if (Outcome<Json> done = calls("iam", operation("Attach", words, "Policy"), parameters); !done) return done.error();
  }
  std::vector<std::string> inline_wanted = policy_names(call.properties["Policies"]);
  for (const std::string& policy : policy_names(call.previous["Policies"])) {
    if (holds(inline_wanted, policy)) continue;
    Json parameters = named(words, name);
    parameters.set("PolicyName", Json(policy));
    if (Outcome<void> done = removed(calls("iam", operation("Delete", words, "Policy"), parameters)); !done)
      return done;
  }
  if (!call.properties["Policies"].is_array()) return {};
  for (const Json& policy : call.properties["Policies"].items()) {
    Json parameters = named(words, name);
    parameters.set("PolicyName", Json(policy.text("PolicyName")));
    parameters.set("PolicyDocument", Json(document_text(policy["PolicyDocument"])));
    if (Outcome<Json> done = calls("iam", operation("Put", words, "Policy"), parameters); !done) return done.error();
  }
  return {};
}

// Removes whoever attached what: a principal with policies cannot be deleted.
Outcome<void> remove_principal(const Calls& calls, const ResourceCall& call, const Words& words) {
  const std::string& name = call.physical_id;
  Outcome<Json> attached = calls("iam", fmt::format("ListAttached{}Policies", words.kind), named(words, name));
  if (!attached) return removed(attached);
  for (const Json& policy : (*attached)["AttachedPolicies"].items()) {
    Json parameters = named(words, name);
    parameters.set("PolicyArn", policy["PolicyArn"]);
    if (Outcome<void> done = removed(calls("iam", operation("Detach", words, "Policy"), parameters)); !done)
      return done;
  }
  Outcome<Json> own = calls("iam", fmt::format("List{}Policies", words.kind), named(words, name));
  if (!own) return removed(own);
  for (const Json& policy : (*own)["PolicyNames"].items()) {
    Json parameters = named(words, name);
    parameters.set("PolicyName", policy);
    if (Outcome<void> done = removed(calls("iam", operation("Delete", words, "Policy"), parameters)); !done)
      return done;
  }
  return removed(calls("iam", operation("Delete", words), named(words, name)));
}

// ---- AWS::IAM::Role

stack::Made made_role(const std::string& name, const Json& role) {
  return {name, Json::object({{"Arn", role["Arn"]}, {"RoleId", role["RoleId"]}})};
}

Outcome<stack::Made> read_role(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetRole", named(role_words, call.physical_id));
  if (!got) return got.error();
  return made_role(call.physical_id, (*got)["Role"]);
}

Outcome<std::string> choose_role(const Calls& calls, const ResourceCall& call) {
  return choose_principal(calls, call, role_words);
}

Outcome<stack::Made> update_role_resource(const Calls& calls, const ResourceCall& call) {
  Json trust = named(role_words, call.physical_id);
  trust.set("PolicyDocument", Json(document_text(call.properties["AssumeRolePolicyDocument"])));
  if (Outcome<Json> done = calls("iam", "UpdateAssumeRolePolicy", trust); !done) return done.error();
  Json settings = pick(call.properties, {"Description", "MaxSessionDuration"});
  settings.set("RoleName", Json(call.physical_id));
  if (!settings.find("Description")) settings.set("Description", Json(""));
  if (!settings.find("MaxSessionDuration")) settings.set("MaxSessionDuration", Json(3'600));
  if (Outcome<Json> done = calls("iam", "UpdateRole", settings); !done) return done.error();
  if (Outcome<void> done = settle_policies(calls, call, role_words); !done) return done.error();
  if (Json gone = gone_tags(call); gone.size() > 0) {
    Json keys = named(role_words, call.physical_id);
    keys.set("TagKeys", std::move(gone));
    if (Outcome<Json> done = calls("iam", "UntagRole", keys); !done) return done.error();
  }
  Json tags = named(role_words, call.physical_id);
  tags.set("Tags", all_tags(call));
  if (Outcome<Json> done = calls("iam", "TagRole", tags); !done) return done.error();
  return read_role(calls, call);
}

Outcome<stack::Made> create_role_resource(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Path", "Description", "MaxSessionDuration", "PermissionsBoundary"});
  parameters.set("RoleName", Json(call.physical_id));
  parameters.set("AssumeRolePolicyDocument", Json(document_text(call.properties["AssumeRolePolicyDocument"])));
  parameters.set("Tags", all_tags(call));
  Outcome<Json> made = calls("iam", "CreateRole", parameters);
  bool ours = call.resuming && !made && made.error().code.find("AlreadyExists") != std::string::npos;
  if (!made && !ours) return made.error();
  if (Outcome<void> done = settle_policies(calls, call, role_words); !done) return done.error();
  return read_role(calls, call);
}

Outcome<void> remove_role(const Calls& calls, const ResourceCall& call) {
  return remove_principal(calls, call, role_words);
}

// IAM gives documents percent-encoded.
Json decoded(const Json& document) {
  return document.is_string() ? Json(uri_decode(document.as_string())) : document;
}

// ManagedPolicyArns and Policies of a principal, in the order of the properties'.
Outcome<void> read_policies(const Calls& calls, const ResourceCall& call, const Words& words, Json& actual) {
  Outcome<Json> attached =
      calls("iam", fmt::format("ListAttached{}Policies", words.kind), named(words, call.physical_id));
  if (!attached) return attached.error();
  std::vector<std::string> arns;
  for (const Json& policy : (*attached)["AttachedPolicies"].items()) arns.emplace_back(policy.text("PolicyArn"));
  actual.set("ManagedPolicyArns", same_order(call.properties["ManagedPolicyArns"], arns));
  Outcome<Json> own = calls("iam", fmt::format("List{}Policies", words.kind), named(words, call.physical_id));
  if (!own) return own.error();
  Json names = Json::array();
  for (const std::string& name : policy_names(call.properties["Policies"])) names.push_back(Json(name));
  Json policies = Json::array();
  Json ordered = same_order(names, texts_of((*own)["PolicyNames"]));
  for (const Json& name : ordered.items()) {
    Json parameters = named(words, call.physical_id);
    parameters.set("PolicyName", name);
    Outcome<Json> policy = calls("iam", operation("Get", words, "Policy"), parameters);
    if (!policy) return policy.error();
    const Json& expected = call.properties["Policies"];
    Json document = decoded((*policy)["PolicyDocument"]);
    for (size_t index = 0; index < expected.size(); ++index) {
      if (expected[index]["PolicyName"] == name) document = same_document(expected[index]["PolicyDocument"], document);
    }
    policies.push_back(Json::object({{"PolicyName", name}, {"PolicyDocument", document}}));
  }
  actual.set("Policies", std::move(policies));
  return {};
}

Outcome<Json> read_role_properties(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetRole", named(role_words, call.physical_id));
  if (!got) return got.error();
  const Json& role = (*got)["Role"];
  Json actual = Json::object({{"RoleName", role["RoleName"]},
                              {"Path", role["Path"]},
                              {"Description", or_null(role.find("Description"))},
                              {"MaxSessionDuration", or_null(role.find("MaxSessionDuration"))},
                              {"Tags", own_tags(call, role["Tags"])}});
  actual.set("AssumeRolePolicyDocument",
             same_document(call.properties["AssumeRolePolicyDocument"], decoded(role["AssumeRolePolicyDocument"])));
  if (Outcome<void> done = read_policies(calls, call, role_words, actual); !done) return done.error();
  return actual;
}

// ---- AWS::IAM::User

Outcome<stack::Made> read_user(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetUser", named(user_words, call.physical_id));
  if (!got) return got.error();
  return stack::Made{call.physical_id, Json::object({{"Arn", (*got)["User"]["Arn"]}})};
}

Outcome<std::string> choose_user(const Calls& calls, const ResourceCall& call) {
  return choose_principal(calls, call, user_words);
}

Outcome<stack::Made> update_user_resource(const Calls& calls, const ResourceCall& call) {
  if (Outcome<void> done = settle_policies(calls, call, user_words); !done) return done.error();
  return read_user(calls, call);
}

Outcome<stack::Made> create_user_resource(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Path", "PermissionsBoundary"});
  parameters.set("UserName", Json(call.physical_id));
  parameters.set("Tags", all_tags(call));
  Outcome<Json> made = calls("iam", "CreateUser", parameters);
  bool ours = call.resuming && !made && made.error().code.find("AlreadyExists") != std::string::npos;
  if (!made && !ours) return made.error();
  return update_user_resource(calls, call);
}

Outcome<void> remove_user(const Calls& calls, const ResourceCall& call) {
  return remove_principal(calls, call, user_words);
}

Outcome<Json> read_user_properties(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetUser", named(user_words, call.physical_id));
  if (!got) return got.error();
  const Json& user = (*got)["User"];
  Json actual =
      Json::object({{"UserName", user["UserName"]}, {"Path", user["Path"]}, {"Tags", own_tags(call, user["Tags"])}});
  if (Outcome<void> done = read_policies(calls, call, user_words, actual); !done) return done.error();
  return actual;
}

// ---- AWS::IAM::AccessKey

Outcome<std::string> choose_by_service(const Calls&, const ResourceCall&) {
  return std::string();
}

Outcome<stack::Made> update_access_key(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"UserName"});
  parameters.set("AccessKeyId", Json(call.physical_id));
  parameters.set("Status", Json(call.properties.text("Status", "Active")));
  if (Outcome<Json> done = calls("iam", "UpdateAccessKey", parameters); !done) return done.error();
  Json secret = Json::object();
  auto key = calls.platform().access.user_key(call.physical_id);
  if (key) secret.set("SecretAccessKey", Json(key->keys.secret));
  return stack::Made{call.physical_id, std::move(secret)};
}

Outcome<stack::Made> create_access_key_resource(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> made = calls("iam", "CreateAccessKey", pick(call.properties, {"UserName"}));
  if (!made) return made.error();
  ResourceCall settled = call;
  settled.physical_id = (*made)["AccessKey"].text("AccessKeyId");
  return update_access_key(calls, settled);
}

Outcome<void> remove_access_key(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"UserName"});
  parameters.set("AccessKeyId", Json(call.physical_id));
  return removed(calls("iam", "DeleteAccessKey", parameters));
}

// ---- AWS::IAM::ManagedPolicy

Json by_arn(const std::string& arn) {
  return Json::object({{"PolicyArn", Json(arn)}});
}

Outcome<void> settle_attachments(const Calls& calls, const ResourceCall& call) {
  for (const auto& [words, property] : {std::pair(role_words, "Roles"), std::pair(user_words, "Users")}) {
    std::vector<std::string> wanted = texts_of(call.properties[property]);
    for (const std::string& name : texts_of(call.previous[property])) {
      if (holds(wanted, name)) continue;
      Json parameters = named(words, name);
      parameters.set("PolicyArn", Json(call.physical_id));
      if (Outcome<void> done = removed(calls("iam", operation("Detach", words, "Policy"), parameters)); !done)
        return done;
    }
    for (const std::string& name : wanted) {
      Json parameters = named(words, name);
      parameters.set("PolicyArn", Json(call.physical_id));
      if (Outcome<Json> done = calls("iam", operation("Attach", words, "Policy"), parameters); !done)
        return done.error();
    }
  }
  return {};
}

std::string policy_arn(const Calls& calls, const ResourceCall& call, const std::string& name) {
  return fmt::format("arn:aws:iam::{}:policy{}{}", calls.place().account, call.properties.text("Path", "/"), name);
}

Outcome<std::string> choose_managed_policy(const Calls& calls, const ResourceCall& call) {
  std::string arn = policy_arn(calls, call, chosen_name(calls, call, "ManagedPolicyName", policy_name_max));
  if (calls("iam", "GetPolicy", by_arn(arn)).ok()) return already_exists(call.type, arn);
  return arn;
}

stack::Made made_policy(const std::string& arn) {
  return {arn, Json::object({{"PolicyArn", Json(arn)}})};
}

Outcome<void> drop_old_versions(const Calls& calls, const std::string& arn) {
  Outcome<Json> versions = calls("iam", "ListPolicyVersions", by_arn(arn));
  if (!versions) return removed(versions);
  for (const Json& version : (*versions)["Versions"].items()) {
    const Json& is_default = version["IsDefaultVersion"];
    if (is_default.is_boolean() && is_default.as_boolean()) continue;
    Json parameters = by_arn(arn);
    parameters.set("VersionId", version["VersionId"]);
    if (Outcome<void> done = removed(calls("iam", "DeletePolicyVersion", parameters)); !done) return done;
  }
  return {};
}

Outcome<stack::Made> update_managed_policy(const Calls& calls, const ResourceCall& call) {
  if (Outcome<void> done = drop_old_versions(calls, call.physical_id); !done) return done.error();  // at most five
  Json parameters = by_arn(call.physical_id);
  parameters.set("PolicyDocument", Json(document_text(call.properties["PolicyDocument"])));
  parameters.set("SetAsDefault", Json(true));
  if (Outcome<Json> done = calls("iam", "CreatePolicyVersion", parameters); !done) return done.error();
  if (Outcome<void> done = settle_attachments(calls, call); !done) return done.error();
  return made_policy(call.physical_id);
}

Outcome<stack::Made> create_managed_policy(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Path", "Description"});
  parameters.set("PolicyName", Json(call.physical_id.substr(call.physical_id.rfind('/') + 1)));
  parameters.set("PolicyDocument", Json(document_text(call.properties["PolicyDocument"])));
  Outcome<Json> made = calls("iam", "CreatePolicy", parameters);
  bool ours = call.resuming && !made && made.error().code.find("AlreadyExists") != std::string::npos;
  if (!made && !ours) return made.error();
  if (Outcome<void> done = settle_attachments(calls, call); !done) return done.error();
  return made_policy(call.physical_id);
}

Outcome<void> remove_managed_policy(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> users = calls("iam", "ListEntitiesForPolicy", by_arn(call.physical_id));
  if (!users) return removed(users);
  for (const auto& [words, list] : {std::pair(role_words, "PolicyRoles"), std::pair(user_words, "PolicyUsers")}) {
    const Json& names = (*users)[list];
    for (size_t index = 0; names.is_array() && index < names.size(); ++index) {
      Json parameters = named(words, std::string(names[index].text(words.name)));
      parameters.set("PolicyArn", Json(call.physical_id));
      if (Outcome<void> done = removed(calls("iam", operation("Detach", words, "Policy"), parameters)); !done)
        return done;
    }
  }
  if (Outcome<void> done = drop_old_versions(calls, call.physical_id); !done) return done;
  return removed(calls("iam", "DeletePolicy", by_arn(call.physical_id)));
}

Outcome<Json> read_managed_policy(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetPolicy", by_arn(call.physical_id));
  if (!got) return got.error();
  const Json& policy = (*got)["Policy"];
  Json parameters = by_arn(call.physical_id);
  parameters.set("VersionId", policy["DefaultVersionId"]);
  Outcome<Json> version = calls("iam", "GetPolicyVersion", parameters);
  if (!version) return version.error();
  Json document = decoded((*version)["PolicyVersion"]["Document"]);
  return Json::object({{"ManagedPolicyName", policy["PolicyName"]},
                       {"Path", policy["Path"]},
                       {"Description", or_null(policy.find("Description"))},
                       {"PolicyDocument", same_document(call.properties["PolicyDocument"], document)}});
}

// ---- AWS::IAM::Policy: one inline policy of several roles and users

Outcome<void> put_inline(const Calls& calls, const ResourceCall& call, const Json& wanted, const Json& before) {
  for (const auto& [words, property] : {std::pair(role_words, "Roles"), std::pair(user_words, "Users")}) {
    std::vector<std::string> names = texts_of(wanted[property]);
    for (const std::string& name : texts_of(before[property])) {
      if (holds(names, name)) continue;
      Json parameters = named(words, name);
      parameters.set("PolicyName", before["PolicyName"]);
      if (Outcome<void> done = removed(calls("iam", operation("Delete", words, "Policy"), parameters)); !done)
        return done;
    }
    for (const std::string& name : names) {
      Json parameters = named(words, name);
      parameters.set("PolicyName", call.properties["PolicyName"]);
      parameters.set("PolicyDocument", Json(document_text(call.properties["PolicyDocument"])));
      if (Outcome<Json> done = calls("iam", operation("Put", words, "Policy"), parameters); !done) return done.error();
    }
  }
  return {};
}

Outcome<std::string> choose_policy(const Calls& calls, const ResourceCall& call) {
  return chosen_name(calls, call, "", policy_name_max);
}

Outcome<stack::Made> put_policy(const Calls& calls, const ResourceCall& call) {
  Outcome<void> done = put_inline(calls, call, call.properties, call.previous);
  if (!done) return done.error();
  return stack::Made{call.physical_id, Json::object({{"Id", Json(call.physical_id)}})};
}

Outcome<void> remove_policy_resource(const Calls& calls, const ResourceCall& call) {
  return put_inline(calls, call, Json::object(), call.properties);
}

}  // namespace

std::vector<ResourceHandler> iam_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::IAM::Role",
        {{"AssumeRolePolicyDocument", Kind::document, true},
         {"Description"},
         {"ManagedPolicyArns", Kind::list},
         {"MaxSessionDuration", Kind::integer},
         {"Path", Kind::text, false, replace},
         {"PermissionsBoundary", Kind::text, false, replace},
         {"Policies", Kind::list},
         {"RoleName", Kind::text, false, replace},
         {"Tags", Kind::list}},
        {"Arn", "RoleId"},
        true,
        "RoleName"},
       choose_role,
       create_role_resource,
       update_role_resource,
       remove_role,
       read_role_properties,
       {{"Policies", {"PolicyDocument", "PolicyName"}}}},
      {{"AWS::IAM::User",
        {{"ManagedPolicyArns", Kind::list},
         {"Path", Kind::text, false, replace},
         {"PermissionsBoundary", Kind::text, false, replace},
         {"Policies", Kind::list},
         {"Tags", Kind::list, false, replace},
         {"UserName", Kind::text, false, replace}},
        {"Arn"},
        true,
        "UserName"},
       choose_user,
       create_user_resource,
       update_user_resource,
       remove_user,
       read_user_properties,
       {{"Policies", {"PolicyDocument", "PolicyName"}}}},
      {{"AWS::IAM::AccessKey",
        {{"Serial", Kind::integer, false, replace}, {"Status"}, {"UserName", Kind::text, true, replace}},
        {"SecretAccessKey"},
        true},
       choose_by_service,
       create_access_key_resource,
       update_access_key,
       remove_access_key},
  };
}

std::vector<ResourceHandler> iam_policy_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::IAM::ManagedPolicy",
        {{"Description", Kind::text, false, replace},
         {"ManagedPolicyName", Kind::text, false, replace},
         {"Path", Kind::text, false, replace},
         {"PolicyDocument", Kind::document, true},
         {"Roles", Kind::list},
         {"Users", Kind::list}},
        {"PolicyArn"},
        true,
        "ManagedPolicyName"},
       choose_managed_policy,
       create_managed_policy,
       update_managed_policy,
       remove_managed_policy,
       read_managed_policy},
      {{"AWS::IAM::Policy",
        {{"PolicyDocument", Kind::document, true},
         {"PolicyName", Kind::text, true, replace},
         {"Roles", Kind::list},
         {"Users", Kind::list}},
        {"Id"},
        true},
       choose_policy,
       put_policy,
       put_policy,
       remove_policy_resource},
  };
}

}  // namespace penstock::aws::cloudformation
