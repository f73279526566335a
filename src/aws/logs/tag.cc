#include "aws/logs/tag.h"

#include <fmt/format.h>

#include "aws/logs/reference.h"
#include "store/log_lines.h"

namespace penstock::aws::logs {

namespace {

constexpr size_t tags_max = 50;

Outcome<void> add_tags(Context& context, const store::LogGroupName& name, const Map<std::string>& tags) {
  bool too_many = false;
  store::LogResult result = context.platform.log_lines.update_group(name, [&](store::LogGroup& group) {
    Json merged = group.tags;
    for (const auto& [key, value] : tags) merged.set(key, value);
    too_many = merged.size() > tags_max;
    if (!too_many) group.tags = std::move(merged);
  });
  if (result != store::LogResult::done) return no_such_group();
  if (too_many) {
    return Error{"TooManyTagsException",
                 fmt::format("A resource can have no more than {} tags", tags_max),
                 400,
                 {{"resourceName", name.name}}};
  }
  return {};
}

Outcome<void> remove_tags(Context& context, const store::LogGroupName& name, const std::vector<std::string>& keys) {
  store::LogResult result = context.platform.log_lines.update_group(name, [&](store::LogGroup& group) {
    for (const std::string& key : keys) group.tags.erase(key);
  });
  if (result != store::LogResult::done) return no_such_group();
  return {};
}

Outcome<Map<std::string>> tags_of(Context& context, const store::LogGroupName& name) {
  std::optional<store::LogGroup> group = context.platform.log_lines.group(name);
  if (!group) return no_such_group();
  Map<std::string> tags;
  for (const JsonMember& tag : group->tags.members()) tags.append(tag.key) = tag.value.as_string();
  return tags;
}

Outcome<store::LogGroupName> group_of_resource(const Context& context, const std::string& arn) {
  std::optional<store::LogGroupName> name = group_in_arn(arn);
  if (!name) return invalid_parameter(fmt::format("{} is not the ARN of a log group; only these have tags here", arn));
  if (name->region != context.region) return no_such_group();
  return *name;
}

}  // namespace

Outcome<TagLogGroupOutput> tag_log_group(Context& context, const TagLogGroupInput& input) {
  Outcome<void> added = add_tags(context, group_here(context, input.log_group_name), input.tags);
  if (added || added.error().code != "TooManyTagsException") {
    return added ? Outcome<TagLogGroupOutput>(TagLogGroupOutput{}) : added.error();
  }
  return invalid_parameter(added.error().message);  // the old operation has no error of that name
}

Outcome<UntagLogGroupOutput> untag_log_group(Context& context, const UntagLogGroupInput& input) {
  if (Outcome<void> removed = remove_tags(context, group_here(context, input.log_group_name), input.tags); !removed)
    return removed.error();
  return UntagLogGroupOutput{};
}

Outcome<ListTagsLogGroupOutput> list_tags_log_group(Context& context, const ListTagsLogGroupInput& input) {
  Outcome<Map<std::string>> tags = tags_of(context, group_here(context, input.log_group_name));
  if (!tags) return tags.error();
  return ListTagsLogGroupOutput{std::move(*tags)};
}

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input) {
  Outcome<store::LogGroupName> name = group_of_resource(context, input.resource_arn);
  if (!name) return name.error();
  if (Outcome<void> added = add_tags(context, *name, input.tags); !added) return added.error();
  return TagResourceOutput{};
}

Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input) {
  Outcome<store::LogGroupName> name = group_of_resource(context, input.resource_arn);
  if (!name) return name.error();
  if (Outcome<void> removed = remove_tags(context, *name, input.tag_keys); !removed) return removed.error();
  return UntagResourceOutput{};
}

Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input) {
  Outcome<store::LogGroupName> name = group_of_resource(context, input.resource_arn);
  if (!name) return name.error();
  Outcome<Map<std::string>> tags = tags_of(context, *name);
  if (!tags) return tags.error();
  return ListTagsForResourceOutput{std::move(*tags)};
}

}  // namespace penstock::aws::logs
