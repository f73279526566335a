// AWS::KMS::Key and Alias, AWS::SSM::Parameter.
#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation/resource_handler.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr int64_t pending_days_default = 30;  // ScheduleKeyDeletion
constexpr size_t parameter_name_max = 1'011;  // PutParameter

bool is_true(const Json& value, bool otherwise) {
  return value.is_boolean() ? value.as_boolean() : otherwise;
}

// ---- AWS::KMS::Key: the service chooses the id

Json by_key(const std::string& id) {
  return Json::object({{"KeyId", Json(id)}});
}

// KMS says TagKey and TagValue.
Json key_tags(const ResourceCall& call) {
  Json list = Json::array();
  Json tags = all_tags(call);
  for (const Json& tag : tags.items()) {
    list.push_back(Json::object({{"TagKey", tag["Key"]}, {"TagValue", tag["Value"]}}));
  }
  return list;
}

Outcome<std::string> choose_by_service(const Calls&, const ResourceCall&) {
  return std::string();
}

Outcome<void> settle_rotation(const Calls& calls, const ResourceCall& call) {
  bool wanted = is_true(call.properties["EnableKeyRotation"], false);
  bool had = is_true(call.previous["EnableKeyRotation"], false);
  if (!wanted && !had) return {};
  Json parameters = by_key(call.physical_id);
  const Json* days = call.properties.find("RotationPeriodInDays");
  if (wanted && days) parameters.set("RotationPeriodInDays", *days);
  Outcome<Json> done = calls("kms", wanted ? "EnableKeyRotation" : "DisableKeyRotation", parameters);
  if (!done) return done.error();
  return {};
}

Outcome<void> settle_key_tags(const Calls& calls, const ResourceCall& call) {
  Json parameters = by_key(call.physical_id);
  if (Json gone = gone_tags(call); gone.size() > 0) {
    Json keys = parameters;
    keys.set("TagKeys", std::move(gone));
    if (Outcome<Json> done = calls("kms", "UntagResource", keys); !done) return done.error();
  }
  Json wanted = key_tags(call);
  if (wanted.size() == 0) return {};
  parameters.set("Tags", std::move(wanted));
  Outcome<Json> done = calls("kms", "TagResource", parameters);
  if (!done) return done.error();
  return {};
}

// What CreateKey does not take: rotation, and whether the key may be used.
Outcome<stack::Made> settle_key(const Calls& calls, const ResourceCall& call) {
  bool enabled = is_true(call.properties["Enabled"], true);
  bool was_enabled = is_true(call.previous["Enabled"], true);
  if (enabled && !was_enabled) {  // first: a disabled key takes no changes
    if (Outcome<Json> done = calls("kms", "EnableKey", by_key(call.physical_id)); !done) return done.error();
  }
  if (Outcome<void> done = settle_rotation(calls, call); !done) return done.error();
  if (!enabled && was_enabled) {
    if (Outcome<Json> done = calls("kms", "DisableKey", by_key(call.physical_id)); !done) return done.error();
  }
  std::string arn = calls.arn("kms", "key/" + call.physical_id);
  return stack::Made{call.physical_id, Json::object({{"Arn", Json(arn)}, {"KeyId", Json(call.physical_id)}})};
}

Outcome<stack::Made> create_key_resource(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Description", "KeySpec", "KeyUsage", "Origin", "MultiRegion",
                                           "BypassPolicyLockoutSafetyCheck"});
  if (const Json* policy = call.properties.find("KeyPolicy")) parameters.set("Policy", Json(document_text(*policy)));
  if (Json tags = key_tags(call); tags.size() > 0) parameters.set("Tags", std::move(tags));
  Outcome<Json> made = calls("kms", "CreateKey", parameters);
  if (!made) return made.error();
  ResourceCall settled = call;
  settled.physical_id = (*made)["KeyMetadata"].text("KeyId");
  Outcome<stack::Made> done = settle_key(calls, settled);
  if (!done) {  // nobody else knows its id
    Json gone = by_key(settled.physical_id);
    (void)calls("kms", "ScheduleKeyDeletion", gone).ok();
  }
  return done;
}

Outcome<stack::Made> update_key_resource(const Calls& calls, const ResourceCall& call) {
  Json description = by_key(call.physical_id);
  description.set("Description", Json(call.properties.text("Description")));
  if (Outcome<Json> done = calls("kms", "UpdateKeyDescription", description); !done) return done.error();
  if (const Json* policy = call.properties.find("KeyPolicy")) {
    Json parameters = by_key(call.physical_id);
    parameters.set("PolicyName", Json("default"));
    parameters.set("Policy", Json(document_text(*policy)));
    if (Outcome<Json> done = calls("kms", "PutKeyPolicy", parameters); !done) return done.error();
  }
  if (Outcome<void> done = settle_key_tags(calls, call); !done) return done.error();
  return settle_key(calls, call);
}

Outcome<void> remove_key(const Calls& calls, const ResourceCall& call) {
  if (call.physical_id.empty()) return {};  // it was never made
  Outcome<Json> there = calls("kms", "DescribeKey", by_key(call.physical_id));
  if (!there) return removed(there);
  if ((*there)["KeyMetadata"].text("KeyState") == "PendingDeletion") return {};
  Json parameters = by_key(call.physical_id);
  const Json* days = call.properties.find("PendingWindowInDays");
  parameters.set("PendingWindowInDays", days ? *days : Json(pending_days_default));
  return removed(calls("kms", "ScheduleKeyDeletion", parameters));
}

Outcome<Json> read_key(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("kms", "DescribeKey", by_key(call.physical_id));
  if (!got) return got.error();
  const Json& key = (*got)["KeyMetadata"];
  if (key.text("KeyState") == "PendingDeletion") return Error{"NotFoundException", "The key is pending deletion"};
  Json named = by_key(call.physical_id);
  Outcome<Json> rotation = calls("kms", "GetKeyRotationStatus", named);
  if (!rotation) return rotation.error();
  named.set("PolicyName", Json("default"));
  Outcome<Json> policy = calls("kms", "GetKeyPolicy", named);
  if (!policy) return policy.error();
  return Json::object({{"Description", or_null(key.find("Description"))},
                       {"Enabled", key["Enabled"]},
                       {"EnableKeyRotation", (*rotation)["KeyRotationEnabled"]},
                       {"KeyPolicy", same_document(call.properties["KeyPolicy"], (*policy)["Policy"])}});
}

// ---- AWS::KMS::Alias

Json by_alias(const ResourceCall& call) {
  return Json::object({{"AliasName", Json(call.physical_id)}, {"TargetKeyId", call.properties["TargetKeyId"]}});
}

Outcome<std::optional<std::string>> alias_target(const Calls& calls, const std::string& name) {
  Json parameters = Json::object();
  while (true) {
    Outcome<Json> page = calls("kms", "ListAliases", parameters);
    if (!page) return page.error();
    for (const Json& alias : (*page)["Aliases"].items()) {
      if (alias.text("AliasName") == name) return std::optional(std::string(alias.text("TargetKeyId")));
    }
    if (!is_true((*page)["Truncated"], false)) return std::optional<std::string>();
    parameters.set("Marker", (*page)["NextMarker"]);
  }
}

Outcome<std::string> choose_alias(const Calls& calls, const ResourceCall& call) {
  std::string name(call.properties.text("AliasName"));
  Outcome<std::optional<std::string>> there = alias_target(calls, name);
  if (!there) return there.error();
  if (*there) return already_exists(call.type, name);
  return name;
}

Outcome<stack::Made> create_alias(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> made = calls("kms", "CreateAlias", by_alias(call));
  bool ours = call.resuming && !made && made.error().code == "AlreadyExistsException";
  if (!made && !ours) return made.error();
  return stack::Made{call.physical_id, Json::object()};
}

Outcome<stack::Made> update_alias(const Calls& calls, const ResourceCall& call) {
  if (Outcome<Json> done = calls("kms", "UpdateAlias", by_alias(call)); !done) return done.error();
  return stack::Made{call.physical_id, Json::object()};
}

Outcome<void> remove_alias(const Calls& calls, const ResourceCall& call) {
  return removed(calls("kms", "DeleteAlias", pick(by_alias(call), {"AliasName"})));
}

Outcome<Json> read_alias(const Calls& calls, const ResourceCall& call) {
  Outcome<std::optional<std::string>> target = alias_target(calls, call.physical_id);
  if (!target) return target.error();
  if (!*target) return Error{"NotFoundException", "There is no such alias"};
  bool same = call.properties.text("TargetKeyId").ends_with(**target);  // given as an id or as an ARN
  return Json::object(
      {{"AliasName", Json(call.physical_id)}, {"TargetKeyId", same ? call.properties["TargetKeyId"] : Json(**target)}});
}

// ---- AWS::SSM::Parameter

Json by_parameter(const ResourceCall& call) {
  return Json::object({{"Name", Json(call.physical_id)}});
}

Outcome<std::string> choose_parameter(const Calls& calls, const ResourceCall& call) {
  ResourceCall named = call;
  named.physical_id = chosen_name(calls, call, "Name", parameter_name_max);
  if (calls("ssm", "GetParameter", by_parameter(named)).ok()) return already_exists(call.type, named.physical_id);
  return named.physical_id;
}

// The type has its tags as an object.
Json parameter_tags(const Json& stack_tags, const Json& properties) {
  Json tags = stack_tags;
  const Json& own = properties["Tags"];
  for (const JsonMember& tag : own.is_object() ? own.members() : std::span<const JsonMember>()) {
    tags.set(tag.key, tag.value);
  }
  return tags;
}

Outcome<void> settle_parameter_tags(const Calls& calls, const ResourceCall& call) {
  Json wanted = parameter_tags(call.tags, call.properties);
  Json before = parameter_tags(call.previous_tags, call.previous);
  Json resource = Json::object({{"ResourceType", Json("Parameter")}, {"ResourceId", Json(call.physical_id)}});
  Json gone = Json::array();
  for (const JsonMember& tag : before.members()) {
    if (!wanted.find(tag.key)) gone.push_back(Json(tag.key));
  }
  if (gone.size() > 0) {
    Json parameters = resource;
    parameters.set("TagKeys", std::move(gone));
    if (Outcome<Json> done = calls("ssm", "RemoveTagsFromResource", parameters); !done) return done.error();
  }
  if (wanted.size() == 0) return {};
  Json list = Json::array();
  for (const JsonMember& tag : wanted.members()) {
    list.push_back(Json::object({{"Key", Json(tag.key)}, {"Value", tag.value}}));
  }
  resource.set("Tags", std::move(list));
  Outcome<Json> done = calls("ssm", "AddTagsToResource", resource);
  if (!done) return done.error();
  return {};
}

Outcome<stack::Made> put_parameter(const Calls& calls, const ResourceCall& call, bool overwrite) {
  Json parameters =
      pick(call.properties, {"AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value"});
  parameters.set("Name", Json(call.physical_id));
  parameters.set("Overwrite", Json(overwrite));
  if (Outcome<Json> done = calls("ssm", "PutParameter", parameters); !done) return done.error();
  if (Outcome<void> done = settle_parameter_tags(calls, call); !done) return done.error();
  return stack::Made{call.physical_id, pick(call.properties, {"Type", "Value"})};
}

Outcome<stack::Made> create_parameter(const Calls& calls, const ResourceCall& call) {
  if (call.properties.text("Type") == "SecureString") {
    return Error{"InvalidRequest", "SecureString parameters cannot be made by CloudFormation"};
  }
  return put_parameter(calls, call, call.resuming);
}

Outcome<stack::Made> update_parameter(const Calls& calls, const ResourceCall& call) {
  return put_parameter(calls, call, true);
}

Outcome<void> remove_parameter(const Calls& calls, const ResourceCall& call) {
  return removed(calls("ssm", "DeleteParameter", by_parameter(call)));
}

Outcome<Json> read_parameter(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("ssm", "GetParameter", by_parameter(call));
  if (!got) return got.error();
  const Json& parameter = (*got)["Parameter"];
  return Json::object({{"Name", Json(call.physical_id)}, {"Type", parameter["Type"]}, {"Value", parameter["Value"]}});
}

}  // namespace

std::vector<ResourceHandler> kms_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::KMS::Key",
        {{"BypassPolicyLockoutSafetyCheck", Kind::boolean},
         {"Description"},
         {"EnableKeyRotation", Kind::boolean},
         {"Enabled", Kind::boolean},
         {"KeyPolicy", Kind::document},
         {"KeySpec", Kind::text, false, replace},
         {"KeyUsage", Kind::text, false, replace},
         {"MultiRegion", Kind::boolean, false, replace},
         {"Origin", Kind::text, false, replace},
         {"PendingWindowInDays", Kind::integer},
         {"RotationPeriodInDays", Kind::integer},
         {"Tags", Kind::list}},
        {"Arn", "KeyId"}},
       choose_by_service,
       create_key_resource,
       update_key_resource,
       remove_key,
       read_key,
       {{"KeySpec", {}, "kms", "CreateKey", "KeySpec"}, {"KeyUsage", {}, "kms", "CreateKey", "KeyUsage"}}},
      {{"AWS::KMS::Alias", {{"AliasName", Kind::text, true, replace}, {"TargetKeyId", Kind::text, true}}, {}},
       choose_alias,
       create_alias,
       update_alias,
       remove_alias,
       read_alias,
       {{"AliasName", {}, "kms", "CreateAlias", "AliasName"}}},
  };
}

std::vector<ResourceHandler> ssm_resources() {
  return {
      {{"AWS::SSM::Parameter",
        {{"AllowedPattern"},
         {"DataType"},
         {"Description"},
         {"Name", Kind::text, false, OnChange::replace},
         {"Policies"},
         {"Tags", Kind::object},
         {"Tier"},
         {"Type", Kind::text, true},
         {"Value", Kind::text, true}},
        {"Type", "Value"}},
       choose_parameter,
       create_parameter,
       update_parameter,
       remove_parameter,
       read_parameter,
       {{"Name", {}, "ssm", "PutParameter", "Name"},
        {"Type", {}, "ssm", "PutParameter", "Type"},
        {"Tier", {}, "ssm", "PutParameter", "Tier"}}},
  };
}

}  // namespace penstock::aws::cloudformation
