// AWS::IAM::Role, User and AccessKey.
#include <fmt/format.h>

#include "aws/cloudformation/iam_principal.h"
#include "core/access/access.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

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
  if (Outcome<void> done = settle_boundary(calls, call, role_words); !done) return done.error();
  if (Outcome<void> done = settle_principal_tags(calls, call, role_words); !done) return done.error();
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

Outcome<void> membership(const Calls& calls, std::string_view verb, const std::string& user, const std::string& group) {
  Json parameters = Json::object({{"UserName", Json(user)}, {"GroupName", Json(group)}});
  Outcome<Json> done = calls("iam", verb, parameters);
  return verb == "RemoveUserFromGroup" ? removed(done) : done.ok() ? Outcome<void>() : done.error();
}

Outcome<void> settle_groups(const Calls& calls, const ResourceCall& call) {
  std::vector<std::string> wanted = texts_of(call.properties["Groups"]);
  for (const std::string& group : texts_of(call.previous["Groups"])) {
    if (holds(wanted, group)) continue;
    Outcome<void> done = membership(calls, "RemoveUserFromGroup", call.physical_id, group);
    if (!done) return done;
  }
  for (const std::string& group : wanted) {
    if (Outcome<void> done = membership(calls, "AddUserToGroup", call.physical_id, group); !done) return done;
  }
  return {};
}

Outcome<stack::Made> settle_user(const Calls& calls, const ResourceCall& call) {
  if (Outcome<void> done = settle_policies(calls, call, user_words); !done) return done.error();
  if (Outcome<void> done = settle_groups(calls, call); !done) return done.error();
  return read_user(calls, call);
}

Outcome<stack::Made> update_user_resource(const Calls& calls, const ResourceCall& call) {
  if (Outcome<void> done = settle_boundary(calls, call, user_words); !done) return done.error();
  if (Outcome<void> done = settle_principal_tags(calls, call, user_words); !done) return done.error();
  return settle_user(calls, call);
}

Outcome<stack::Made> create_user_resource(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Path", "PermissionsBoundary"});
  parameters.set("UserName", Json(call.physical_id));
  parameters.set("Tags", all_tags(call));
  Outcome<Json> made = calls("iam", "CreateUser", parameters);
  bool ours = call.resuming && !made && made.error().code.find("AlreadyExists") != std::string::npos;
  if (!made && !ours) return made.error();
  return settle_user(calls, call);
}

Outcome<void> remove_user(const Calls& calls, const ResourceCall& call) {
  for (const std::string& group : texts_of(call.properties["Groups"])) {  // a member cannot be deleted
    Outcome<void> done = membership(calls, "RemoveUserFromGroup", call.physical_id, group);
    if (!done) return done;
  }
  return remove_principal(calls, call, user_words);
}

Outcome<Json> read_user_properties(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetUser", named(user_words, call.physical_id));
  if (!got) return got.error();
  const Json& user = (*got)["User"];
  Json actual =
      Json::object({{"UserName", user["UserName"]}, {"Path", user["Path"]}, {"Tags", own_tags(call, user["Tags"])}});
  if (Outcome<void> done = read_policies(calls, call, user_words, actual); !done) return done.error();
  if (!call.properties.find("Groups")) return actual;
  Outcome<Json> groups = calls("iam", "ListGroupsForUser", named(user_words, call.physical_id));
  if (!groups) return groups.error();
  std::vector<std::string> names;
  std::vector<std::string> expected = texts_of(call.properties["Groups"]);
  for (const Json& group : (*groups)["Groups"].items()) {  // others may come from a UserToGroupAddition
    std::string name(group.text("GroupName"));
    if (holds(expected, name)) names.push_back(std::move(name));
  }
  actual.set("Groups", same_order(call.properties["Groups"], names));
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
         {"PermissionsBoundary"},
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
       {{"Policies", {"PolicyDocument", "PolicyName"}},
        {"Policies/PolicyName", {}, "iam", "PutRolePolicy", "PolicyName"},
        {"RoleName", {}, "iam", "CreateRole", "RoleName"},
        {"Path", {}, "iam", "CreateRole", "Path"},
        {"Description", {}, "iam", "CreateRole", "Description"}}},
      {{"AWS::IAM::User",
        {{"Groups", Kind::list},
         {"ManagedPolicyArns", Kind::list},
         {"Path", Kind::text, false, replace},
         {"PermissionsBoundary"},
         {"Policies", Kind::list},
         {"Tags", Kind::list},
         {"UserName", Kind::text, false, replace}},
        {"Arn"},
        true,
        "UserName"},
       choose_user,
       create_user_resource,
       update_user_resource,
       remove_user,
       read_user_properties,
       {{"Policies", {"PolicyDocument", "PolicyName"}},
        {"Policies/PolicyName", {}, "iam", "PutUserPolicy", "PolicyName"},
        {"UserName", {}, "iam", "CreateUser", "UserName"},
        {"Path", {}, "iam", "CreateUser", "Path"}}},
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

}  // namespace penstock::aws::cloudformation
