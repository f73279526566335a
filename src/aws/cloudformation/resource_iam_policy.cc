// AWS::IAM::ManagedPolicy and AWS::IAM::Policy.
#include <fmt/format.h>

#include "aws/cloudformation/iam_principal.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t policy_name_max = 128;

// ---- AWS::IAM::ManagedPolicy

Json by_arn(const std::string& arn) {
  return Json::object({{"PolicyArn", Json(arn)}});
}

Outcome<void> settle_attachments(const Calls& calls, const ResourceCall& call) {
  for (const auto& [words, property] :
       {std::pair(role_words, "Roles"), std::pair(user_words, "Users"), std::pair(group_words, "Groups")}) {
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
  for (const auto& [words, list] : {std::pair(role_words, "PolicyRoles"), std::pair(user_words, "PolicyUsers"),
                                    std::pair(group_words, "PolicyGroups")}) {
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

// ---- AWS::IAM::Policy: one inline policy of several roles, users and groups

Outcome<void> put_inline(const Calls& calls, const ResourceCall& call, const Json& wanted, const Json& before) {
  for (const auto& [words, property] :
       {std::pair(role_words, "Roles"), std::pair(user_words, "Users"), std::pair(group_words, "Groups")}) {
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

std::vector<ResourceHandler> iam_policy_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::IAM::ManagedPolicy",
        {{"Description", Kind::text, false, replace},
         {"ManagedPolicyName", Kind::text, false, replace},
         {"Path", Kind::text, false, replace},
         {"PolicyDocument", Kind::document, true},
         {"Groups", Kind::list},
         {"Roles", Kind::list},
         {"Users", Kind::list}},
        {"PolicyArn"},
        true,
        "ManagedPolicyName"},
       choose_managed_policy,
       create_managed_policy,
       update_managed_policy,
       remove_managed_policy,
       read_managed_policy,
       {{"ManagedPolicyName", {}, "iam", "CreatePolicy", "PolicyName"}, {"Path", {}, "iam", "CreatePolicy", "Path"}}},
      {{"AWS::IAM::Policy",
        {{"PolicyDocument", Kind::document, true},
         {"PolicyName", Kind::text, true, replace},
         {"Groups", Kind::list},
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
