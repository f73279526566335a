// AWS::Logs::LogGroup, and the types of CloudFormation's own that need no service.
#include <fmt/format.h>

#include "aws/cloudformation/resource_handler.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t name_max = 512;

Json by_name(const ResourceCall& call) {
  return Json::object({{"LogGroupName", Json(call.physical_id)}});
}

Outcome<std::string> choose_group(const Calls& calls, const ResourceCall& call) {
  std::string name = chosen_name(calls, call, "LogGroupName", name_max);
  Outcome<Json> found = calls("logs", "DescribeLogGroups", Json::object({{"LogGroupNamePrefix", Json(name)}}));
  if (!found) return found.error();
  for (const Json& group : (*found)["LogGroups"].items()) {
    if (group.text("LogGroupName") == name) return already_exists(call.type, name);
  }
  return name;
}

// Logs has tags as a map.
Json tag_map(const ResourceCall& call) {
  Json tags = Json::object();
  Json given = all_tags(call);
  for (const Json& tag : given.items()) tags.set(tag.text("Key"), tag["Value"]);
  return tags;
}

Outcome<void> settle_group_tags(const Calls& calls, const ResourceCall& call) {
  if (Json gone = gone_tags(call); gone.size() > 0) {
    Json parameters = by_name(call);
    parameters.set("Tags", std::move(gone));
    if (Outcome<Json> done = calls("logs", "UntagLogGroup", parameters); !done) return done.error();
  }
  Json wanted = tag_map(call);
  if (wanted.size() == 0) return {};
  Json parameters = by_name(call);
  parameters.set("Tags", std::move(wanted));
  if (Outcome<Json> done = calls("logs", "TagLogGroup", parameters); !done) return done.error();
  return {};
}

Outcome<stack::Made> update_group(const Calls& calls, const ResourceCall& call) {
  Json parameters = by_name(call);
  const Json* days = call.properties.find("RetentionInDays");
  if (days) parameters.set("RetentionInDays", *days);
  Outcome<Json> done = calls("logs", days ? "PutRetentionPolicy" : "DeleteRetentionPolicy", parameters);
  if (!done) return done.error();
  if (Outcome<void> tagged = settle_group_tags(calls, call); !tagged) return tagged.error();
  return stack::Made{call.physical_id,
                     Json::object({{"Arn", Json(calls.arn("logs", "log-group:" + call.physical_id + ":*"))}})};
}

Outcome<stack::Made> create_group(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"LogGroupClass", "KmsKeyId"});
  parameters.set("LogGroupName", Json(call.physical_id));
  Outcome<Json> made = calls("logs", "CreateLogGroup", parameters);
  bool ours = call.resuming && !made && made.error().code == "ResourceAlreadyExistsException";
  if (!made && !ours) return made.error();
  return update_group(calls, call);
}

Outcome<void> remove_group(const Calls& calls, const ResourceCall& call) {
  return removed(calls("logs", "DeleteLogGroup", by_name(call)));
}

// A handle is a name that a wait condition would wait for; many templates have one only to hold no resource at all.
Outcome<std::string> choose_handle(const Calls& calls, const ResourceCall& call) {
  return fmt::format("{}/cloudformation-waitcondition/{}/{}/{}", calls.platform().endpoint, call.place.stack_name,
                     call.logical_id, calls.platform().random.uuid());
}

Outcome<stack::Made> keep_handle(const Calls&, const ResourceCall& call) {
  return stack::Made{call.physical_id, Json::object()};
}

Outcome<void> drop_handle(const Calls&, const ResourceCall&) {
  return {};
}

}  // namespace

std::vector<ResourceHandler> logs_resources() {
  return {{{"AWS::Logs::LogGroup",
            {{"KmsKeyId"},
             {"LogGroupClass", Kind::text, false, OnChange::replace},
             {"LogGroupName", Kind::text, false, OnChange::replace},
             {"RetentionInDays", Kind::integer},
             {"Tags", Kind::list}},
            {"Arn"}},
           choose_group,
           create_group,
           update_group,
           remove_group}};
}

std::vector<ResourceHandler> own_resources() {
  return {{{"AWS::CloudFormation::WaitConditionHandle", {}, {}}, choose_handle, keep_handle, keep_handle, drop_handle}};
}

}  // namespace penstock::aws::cloudformation
