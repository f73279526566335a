#include "aws/cloudformation/iam_principal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace penstock::aws::cloudformation {

using stack::ResourceCall;

namespace {

constexpr size_t name_max = 64;

std::vector<std::string> policy_names(const Json& policies) {
  std::vector<std::string> names;
  if (!policies.is_array()) return names;
  for (const Json& policy : policies.items()) names.emplace_back(policy.text("PolicyName"));
  return names;
}

}  // namespace

std::string operation(std::string_view verb, const Words& words, std::string_view rest) {
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

Outcome<void> settle_boundary(const Calls& calls, const ResourceCall& call, const Words& words) {
  const Json* wanted = call.properties.find("PermissionsBoundary");
  if (!wanted && !call.previous.find("PermissionsBoundary")) return {};
  Json parameters = named(words, call.physical_id);
  if (wanted) parameters.set("PermissionsBoundary", *wanted);
  Outcome<Json> done = calls("iam", operation(wanted ? "Put" : "Delete", words, "PermissionsBoundary"), parameters);
  return wanted && !done ? Outcome<void>(done.error()) : removed(done);
}

Outcome<void> settle_principal_tags(const Calls& calls, const ResourceCall& call, const Words& words) {
  stack::ResourceCall before = call;
  before.properties = call.previous;
  before.tags = call.previous_tags;
  if (all_tags(before) == all_tags(call)) return {};
  if (Json gone = gone_tags(call); gone.size() > 0) {
    Json keys = named(words, call.physical_id);
    keys.set("TagKeys", std::move(gone));
    if (Outcome<Json> done = calls("iam", operation("Untag", words), keys); !done) return done.error();
  }
  Json wanted = all_tags(call);
  if (wanted.size() == 0) return {};
  Json tags = named(words, call.physical_id);
  tags.set("Tags", std::move(wanted));
  if (Outcome<Json> done = calls("iam", operation("Tag", words), tags); !done) return done.error();
  return {};
}

Json decoded(const Json& document) {
  return document.is_string() ? Json(uri_decode(document.as_string())) : document;
}

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

}  // namespace penstock::aws::cloudformation
