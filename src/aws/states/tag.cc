#include "aws/states/tag.h"

#include <functional>
#include <utility>

#include "aws/states/activity.h"
#include "aws/states/input_schema.h"
#include "aws/states/machine.h"

namespace penstock::aws::states {

namespace {

constexpr size_t tags_max = 50;  // "Quotas related to tagging" in the developer guide

Error no_such_resource(std::string_view arn) {
  return {"ResourceNotFound", "Resource not found: '" + std::string(arn) + "'"};
}

// Only machines and activities have tags, not versions nor aliases.
Outcome<void> edit_tags(Context& context, const std::string& text, const std::function<void(Json&)>& edit) {
  Outcome<Arn> arn = parse_arn(text, {"stateMachine", "activity"});
  if (!arn) return arn.error();
  if (arn->kind == "activity") {
    if (edit_activity_tags(context, text, edit)) return {};
    return no_such_resource(text);
  }
  if (!arn->qualifier.empty()) return no_such_resource(text);
  Outcome<void> edited = edit_machine(context, arn->machine, [&](Machine& machine) -> Outcome<void> {
    edit(machine.tags);
    return {};
  });
  if (!edited && edited.error().code == "StateMachineDoesNotExist") return no_such_resource(text);
  return edited;
}

}  // namespace

Json merge_tags(Json tags, const std::optional<std::vector<Tag>>& added) {
  if (added) {
    for (const Tag& tag : *added) tags.set(tag.key.value_or(""), tag.value.value_or(""));
  }
  return tags;
}

Outcome<void> check_tags(const Json& tags, std::string_view arn) {
  if (tags.size() <= tags_max) return check_schema_tags(tags);
  return Error{"TooManyTags",
               "Too Many Tags: '" + std::string(arn) + "' may have " + std::to_string(tags_max) + " tags"};
}

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input) {
  Outcome<void> few_enough;
  Outcome<void> edited = edit_tags(context, input.resource_arn, [&](Json& tags) {
    Json merged = merge_tags(tags, input.tags);
    few_enough = check_tags(merged, input.resource_arn);
    if (few_enough) tags = std::move(merged);
  });
  if (!edited) return edited.error();
  if (!few_enough) return few_enough.error();
  return TagResourceOutput{};
}

Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input) {
  Outcome<void> edited = edit_tags(context, input.resource_arn, [&](Json& tags) {
    for (const std::string& key : input.tag_keys) tags.erase(key);
  });
  if (!edited) return edited.error();
  return UntagResourceOutput{};
}

Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input) {
  Outcome<Arn> arn = parse_arn(input.resource_arn, {"stateMachine", "activity"});
  if (!arn) return arn.error();
  std::optional<Json> tags;
  if (arn->kind == "activity") tags = activity_tags(context, arn->text);
  if (arn->kind == "stateMachine" && arn->qualifier.empty()) {
    if (std::optional<Machine> machine = find_machine(context, arn->machine)) tags = machine->tags;
  }
  if (!tags) return no_such_resource(arn->text);
  ListTagsForResourceOutput output;
  output.tags.emplace();
  for (const JsonMember& member : tags->members()) {
    output.tags->push_back({member.key, std::string(member.value.as_string())});
  }
  return output;
}

}  // namespace penstock::aws::states
