#include "aws/authorization/resource_tags.h"

#include <algorithm>
#include <utility>

#include "aws/events/tag.h"
#include "aws/kms/tag.h"
#include "aws/logs/tag.h"
#include "aws/sagemaker/tag.h"
#include "aws/scheduler/schedule_group.h"
#include "aws/ssm/tag.h"
#include "aws/states/tag.h"
#include "base/encoding.h"
#include "core/access/access.h"
#include "core/stack/stacks.h"

namespace penstock::aws::authorization {

namespace {

using access::Texts;

// Tags as the services' lists have them.
template <class Tag>
Texts texts_of(const std::optional<std::vector<Tag>>& tags) {
  Texts texts;
  if (!tags) return texts;
  for (const Tag& tag : *tags) {
    if constexpr (requires { tag.tag_key; }) {
      texts.emplace_back(tag.tag_key, tag.tag_value);
    } else if constexpr (requires { tag.key->size(); }) {
      texts.emplace_back(tag.key.value_or(""), tag.value.value_or(""));
    } else {
      texts.emplace_back(tag.key, tag.value);
    }
  }
  return texts;
}

// The answer of a service's own operation, asked as the service itself.
template <class Input, class Output>
Texts ask(Outcome<Output> (*list)(Context&, const Input&), const Context& context, Input input) {
  Context own = context;
  Outcome<Output> answer = list(own, input);
  if (!answer) return {};
  if constexpr (requires { answer->tag_list; }) {
    return texts_of(answer->tag_list);
  } else {
    return texts_of(answer->tags);
  }
}

Texts of_identity(const Context& context, const std::string& arn) {
  const access::Directory& directory = context.platform.access.directory();
  if (arn.find(":policy/") != std::string::npos) {
    auto policy = directory.find_policy(arn);
    return policy ? policy->tags : Texts();
  }
  const bool is_role = arn.find(":role/") != std::string::npos;
  auto principal = directory.find(is_role ? access::PrincipalKind::role : access::PrincipalKind::user,
                                  arn.substr(arn.rfind('/') + 1));
  return principal && principal->arn == arn ? principal->tags : Texts();
}

Texts of_machine(const Context& context, const std::string& arn) {
  return ask(states::list_tags_for_resource, context, states::ListTagsForResourceInput{arn});
}

Texts of_model_or_job(const Context& context, const std::string& arn) {
  sagemaker::ListTagsInput input;
  input.resource_arn = arn;
  return ask(sagemaker::list_tags, context, std::move(input));
}

// A policy names a group with its streams.
Texts of_log_group(const Context& context, const std::string& arn) {
  const std::string group = arn.substr(0, arn.find(":log-stream:"));
  Context own = context;
  auto answer = logs::list_tags_for_resource(own, {group});
  Texts texts;
  if (!answer || !answer->tags) return texts;
  for (const auto& [key, value] : *answer->tags) texts.emplace_back(key, value);
  return texts;
}

Texts of_rule(const Context& context, const std::string& arn) {
  return ask(events::list_tags_for_resource, context, events::ListTagsForResourceInput{arn});
}

Texts of_schedule_group(const Context& context, const std::string& arn) {
  return ask(scheduler::list_tags_for_resource, context, scheduler::ListTagsForResourceInput{arn});
}

Texts of_parameter(const Context& context, const std::string& arn) {
  std::string name = arn.substr(arn.find(":parameter/") + std::string_view(":parameter").size());
  if (std::ranges::count(name, '/') == 1) name.erase(0, 1);  // /a/b is named with its slash, a without
  ssm::ListTagsForResourceInput input;
  input.resource_type = "Parameter";
  input.resource_id = name;
  return ask(ssm::list_tags_for_resource, context, std::move(input));
}

Texts of_key(const Context& context, const std::string& arn) {
  kms::ListResourceTagsInput input;
  input.key_id = arn;
  return ask(kms::list_resource_tags, context, std::move(input));
}

Texts of_stack(const Context& context, const std::string& arn) {
  auto stack = context.platform.stacks.find({context.account, context.region, {context.caller.arn}}, arn);
  Texts texts;
  if (!stack || !stack->definition.tags.is_object()) return texts;
  for (const JsonMember& tag : stack->definition.tags.members())
    texts.emplace_back(tag.key, std::string(tag.value.as_string()));
  return texts;
}

struct Row {
  std::string_view service;  // of the ARN
  Texts (*read)(const Context& context, const std::string& arn);
};
constexpr Row rows[] = {{"iam", of_identity},   {"states", of_machine}, {"sagemaker", of_model_or_job},
                        {"logs", of_log_group}, {"events", of_rule},    {"scheduler", of_schedule_group},
                        {"ssm", of_parameter},  {"kms", of_key},        {"cloudformation", of_stack}};

}  // namespace

Texts tags_of_resource(const Context& context, const std::string& arn) {
  const std::vector<std::string_view> parts = split(arn, ':');
  if (parts.size() < 6) return {};
  auto row = std::ranges::find(rows, parts[2], &Row::service);
  return row == std::end(rows) ? Texts() : row->read(context, arn);
}

}  // namespace penstock::aws::authorization
