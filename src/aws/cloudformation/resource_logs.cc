// AWS::Logs::LogGroup, and the types of CloudFormation's own that need no service.
#include <fmt/format.h>

#include "aws/cloudformation/resource_handler.h"
#include "aws/logs/group.h"
#include "base/encoding.h"
#include "base/random.h"
#include "core/stack/signals.h"

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

Outcome<Json> read_group(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> found =
      calls("logs", "DescribeLogGroups", Json::object({{"LogGroupNamePrefix", Json(call.physical_id)}}));
  if (!found) return found.error();
  for (const Json& group : (*found)["LogGroups"].items()) {
    if (group.text("LogGroupName") != call.physical_id) continue;
    Outcome<Json> tags = calls("logs", "ListTagsLogGroup", by_name(call));
    if (!tags) return tags.error();
    Json list = Json::array();
    for (const JsonMember& tag : (*tags)["Tags"].members()) {
      list.push_back(Json::object({{"Key", Json(tag.key)}, {"Value", tag.value}}));
    }
    return Json::object({{"LogGroupName", Json(call.physical_id)},
                         {"RetentionInDays", or_null(group.find("RetentionInDays"))},
                         {"Tags", own_tags(call, list)}});
  }
  return Error{"ResourceNotFoundException", "The specified log group does not exist."};
}

// A handle is the address at which a wait condition's signals arrive (server/wait_signal.h); many templates have one
// only to hold no resource at all.
Outcome<std::string> choose_handle(const Calls& calls, const ResourceCall& call) {
  std::string secret = replace_all(calls.platform().random.uuid(), "-", "");
  return calls.platform().endpoint +
         stack::handle_target(call.place.region, call.place.stack_id, call.logical_id, secret);
}

Outcome<stack::Made> keep_handle(const Calls&, const ResourceCall& call) {
  return stack::Made{call.physical_id, Json::object()};
}

Outcome<void> drop_handle(const Calls&, const ResourceCall&) {
  return {};
}

// The stack's operation does the waiting (core/stack/signals.h).
Outcome<std::string> choose_condition(const Calls& calls, const ResourceCall& call) {
  return fmt::format("{}/{}/{}", call.place.stack_id, call.logical_id, calls.platform().random.uuid());
}

Outcome<stack::Made> create_condition(const Calls&, const ResourceCall& call) {
  bool handle = !call.properties.text("Handle").empty();
  if (handle && !stack::read_handle_target(call.properties.text("Handle"))) {
    return Error{"InvalidRequest", "Handle must be the Ref of an AWS::CloudFormation::WaitConditionHandle"};
  }
  if (handle && !call.properties.find("Timeout")) return Error{"InvalidRequest", "Property Timeout cannot be empty."};
  return stack::Made{call.physical_id, Json::object({{"Data", Json("{}")}})};
}

Outcome<stack::Made> update_condition(const Calls&, const ResourceCall& call) {
  return Error{"InvalidRequest", fmt::format("Update to resource type {} is not supported.", call.type)};
}

Outcome<void> accepts_retention(std::string_view text) {
  Outcome<Json> days = parse_json(text);
  if (!days || !days->as_integer()) return {};  // its type is another check
  return logs::check_retention(*days->as_integer());
}

}  // namespace

std::vector<ResourceHandler> logs_resources() {
  return {{{"AWS::Logs::LogGroup",
            {{"KmsKeyId"},
             {"LogGroupClass", Kind::text, false, OnChange::replace},
             {"LogGroupName", Kind::text, false, OnChange::replace},
             {"RetentionInDays", Kind::integer},
             {"Tags", Kind::list}},
            {"Arn"},
            false,
            "LogGroupName"},
           choose_group,
           create_group,
           update_group,
           remove_group,
           read_group,
           {{"LogGroupName", {}, "logs", "CreateLogGroup", "LogGroupName"},
            {"LogGroupClass", {}, "logs", "CreateLogGroup", "LogGroupClass"},
            {"RetentionInDays", {}, {}, {}, {}, accepts_retention}}}};
}

std::vector<ResourceHandler> own_resources() {
  return {{{stack::wait_handle_type, {}, {}}, choose_handle, keep_handle, keep_handle, drop_handle},
          {{stack::wait_condition_type, {{"Count", Kind::integer}, {"Handle"}, {"Timeout", Kind::integer}}, {"Data"}},
           choose_condition,
           create_condition,
           update_condition,
           drop_handle}};
}

}  // namespace penstock::aws::cloudformation
