// AWS::IAM::Group, UserToGroupAddition and InstanceProfile.
#include <fmt/format.h>

#include "aws/cloudformation/iam_principal.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t profile_name_max = 128;

bool already_there(const Outcome<Json>& answer) {
  return !answer && answer.error().code.find("AlreadyExists") != std::string::npos;
}

// ---- AWS::IAM::Group

Outcome<std::string> choose_group(const Calls& calls, const ResourceCall& call) {
  return choose_principal(calls, call, group_words);
}

Outcome<stack::Made> update_group_resource(const Calls& calls, const ResourceCall& call) {
  if (Outcome<void> done = settle_policies(calls, call, group_words); !done) return done.error();
  Outcome<Json> got = calls("iam", "GetGroup", named(group_words, call.physical_id));
  if (!got) return got.error();
  return stack::Made{call.physical_id, Json::object({{"Arn", (*got)["Group"]["Arn"]}})};
}

Outcome<stack::Made> create_group_resource(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Path"});
  parameters.set("GroupName", Json(call.physical_id));
  Outcome<Json> made = calls("iam", "CreateGroup", parameters);
  if (!made && !(call.resuming && already_there(made))) return made.error();
  return update_group_resource(calls, call);
}

Outcome<void> remove_group(const Calls& calls, const ResourceCall& call) {
  return remove_principal(calls, call, group_words);
}

Outcome<Json> read_group(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetGroup", named(group_words, call.physical_id));
  if (!got) return got.error();
  Json actual = Json::object({{"GroupName", (*got)["Group"]["GroupName"]}, {"Path", (*got)["Group"]["Path"]}});
  if (Outcome<void> done = read_policies(calls, call, group_words, actual); !done) return done.error();
  return actual;
}

// ---- AWS::IAM::UserToGroupAddition

Outcome<std::string> choose_addition(const Calls& calls, const ResourceCall& call) {
  return chosen_name(calls, call, "", profile_name_max);
}

// From the members that `before` names to those of `wanted`.
Outcome<void> settle_members(const Calls& calls, const Json& wanted, const Json& before) {
  std::vector<std::string> users = texts_of(wanted["Users"]);
  for (const std::string& user : texts_of(before["Users"])) {
    if (holds(users, user)) continue;
    Json parameters = Json::object({{"UserName", Json(user)}, {"GroupName", before["GroupName"]}});
    if (Outcome<void> done = removed(calls("iam", "RemoveUserFromGroup", parameters)); !done) return done;
  }
  for (const std::string& user : users) {
    Json parameters = Json::object({{"UserName", Json(user)}, {"GroupName", wanted["GroupName"]}});
    if (Outcome<Json> done = calls("iam", "AddUserToGroup", parameters); !done) return done.error();
  }
  return {};
}

Outcome<stack::Made> put_addition(const Calls& calls, const ResourceCall& call) {
  if (Outcome<void> done = settle_members(calls, call.properties, call.previous); !done) return done.error();
  return stack::Made{call.physical_id, Json::object({{"Id", Json(call.physical_id)}})};
}

Outcome<void> remove_addition(const Calls& calls, const ResourceCall& call) {
  return settle_members(calls, Json::object(), call.properties);
}

// ---- AWS::IAM::InstanceProfile

Json by_profile(const std::string& name) {
  return Json::object({{"InstanceProfileName", Json(name)}});
}

Outcome<std::string> choose_profile(const Calls& calls, const ResourceCall& call) {
  std::string name = chosen_name(calls, call, "InstanceProfileName", profile_name_max);
  if (calls("iam", "GetInstanceProfile", by_profile(name)).ok()) return already_exists(call.type, name);
  return name;
}

std::vector<std::string> roles_of(const Json& profile) {
  std::vector<std::string> names;
  const Json& roles = profile["Roles"];
  for (size_t index = 0; index < roles.size(); ++index) names.emplace_back(roles[index].text("RoleName"));
  return names;
}

// To the roles of `wanted`, from whatever it has.
Outcome<stack::Made> settle_roles(const Calls& calls, const std::string& name, const Json& wanted) {
  Outcome<Json> got = calls("iam", "GetInstanceProfile", by_profile(name));
  if (!got) return got.error();
  const Json& profile = (*got)["InstanceProfile"];
  std::vector<std::string> roles = texts_of(wanted);
  std::vector<std::string> there = roles_of(profile);
  for (const auto& [operation_name, from, other] :
       {std::tuple("RemoveRoleFromInstanceProfile", &there, &roles), {"AddRoleToInstanceProfile", &roles, &there}}) {
    for (const std::string& role : *from) {
      if (holds(*other, role)) continue;
      Json parameters = by_profile(name);
      parameters.set("RoleName", Json(role));
      if (Outcome<Json> done = calls("iam", operation_name, parameters); !done) return done.error();
    }
  }
  return stack::Made{name, Json::object({{"Arn", profile["Arn"]}})};
}

Outcome<stack::Made> update_profile(const Calls& calls, const ResourceCall& call) {
  return settle_roles(calls, call.physical_id, call.properties["Roles"]);
}

Outcome<stack::Made> create_profile(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Path"});
  parameters.set("InstanceProfileName", Json(call.physical_id));
  Outcome<Json> made = calls("iam", "CreateInstanceProfile", parameters);
  if (!made && !(call.resuming && already_there(made))) return made.error();
  return update_profile(calls, call);
}

Outcome<void> remove_profile(const Calls& calls, const ResourceCall& call) {
  Outcome<stack::Made> emptied = settle_roles(calls, call.physical_id, Json());
  if (!emptied) return is_missing(emptied.error()) ? Outcome<void>() : emptied.error();
  return removed(calls("iam", "DeleteInstanceProfile", by_profile(call.physical_id)));
}

Outcome<Json> read_profile(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("iam", "GetInstanceProfile", by_profile(call.physical_id));
  if (!got) return got.error();
  const Json& profile = (*got)["InstanceProfile"];
  return Json::object({{"InstanceProfileName", profile["InstanceProfileName"]},
                       {"Path", profile["Path"]},
                       {"Roles", same_order(call.properties["Roles"], roles_of(profile))}});
}

}  // namespace

std::vector<ResourceHandler> iam_group_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::IAM::Group",
        {{"GroupName", Kind::text, false, replace},
         {"ManagedPolicyArns", Kind::list},
         {"Path", Kind::text, false, replace},
         {"Policies", Kind::list}},
        {"Arn"},
        true,
        "GroupName"},
       choose_group,
       create_group_resource,
       update_group_resource,
       remove_group,
       read_group,
       {{"Policies", {"PolicyDocument", "PolicyName"}},
        {"GroupName", {}, "iam", "CreateGroup", "GroupName"},
        {"Path", {}, "iam", "CreateGroup", "Path"}}},
      {{"AWS::IAM::UserToGroupAddition",
        {{"GroupName", Kind::text, true, replace}, {"Users", Kind::list, true}},
        {"Id"},
        true},
       choose_addition,
       put_addition,
       put_addition,
       remove_addition},
      {{"AWS::IAM::InstanceProfile",
        {{"InstanceProfileName", Kind::text, false, replace},
         {"Path", Kind::text, false, replace},
         {"Roles", Kind::list, true}},
        {"Arn"},
        true,
        "InstanceProfileName"},
       choose_profile,
       create_profile,
       update_profile,
       remove_profile,
       read_profile,
       {{"InstanceProfileName", {}, "iam", "CreateInstanceProfile", "InstanceProfileName"}}},
  };
}

}  // namespace penstock::aws::cloudformation
