#include "aws/ssm/tag.h"

#include <functional>

#include "aws/ssm/parameter_record.h"
#include "base/json_read.h"
#include "store/records.h"

namespace penstock::aws::ssm {

namespace {

constexpr size_t tags_max = 50;

Outcome<void> check_type(const std::string& type) {
  if (type == "Parameter") return {};
  return Error{"InvalidResourceType", "Only resources of the type Parameter have tags here, not " + type};
}

Outcome<void> edit_tags(Context& context, const std::string& type, const std::string& name,
                        const std::function<void(Json&)>& edit) {
  if (Outcome<void> checked = check_type(type); !checked) return checked;
  bool too_many = false;
  bool edited = context.platform.records.update(parameter_kind, parameter_key(context, name), [&](Json& record) {
    Json tags = object_in(record, "tags");
    edit(tags);
    too_many = tags.size() > tags_max;
    record.set("tags", std::move(tags));
    return !too_many;
  });
  if (too_many) return Error{"TooManyTagsError", "A parameter has at most 50 tags."};
  if (!edited) return Error{"InvalidResourceId", ""};
  return {};
}

}  // namespace

Outcome<AddTagsToResourceOutput> add_tags_to_resource(Context& context, const AddTagsToResourceInput& input) {
  Outcome<void> edited = edit_tags(context, input.resource_type, input.resource_id, [&](Json& tags) {
    for (const Tag& tag : input.tags) tags.set(tag.key, Json(tag.value));
  });
  if (!edited) return edited.error();
  return AddTagsToResourceOutput{};
}

Outcome<RemoveTagsFromResourceOutput> remove_tags_from_resource(Context& context,
                                                                const RemoveTagsFromResourceInput& input) {
  Outcome<void> edited = edit_tags(context, input.resource_type, input.resource_id, [&](Json& tags) {
    for (const std::string& key : input.tag_keys) tags.erase(key);
  });
  if (!edited) return edited.error();
  return RemoveTagsFromResourceOutput{};
}

Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input) {
  if (Outcome<void> checked = check_type(input.resource_type); !checked) return checked.error();
  std::optional<ParameterRecord> parameter = find_parameter(context, input.resource_id);
  if (!parameter) return Error{"InvalidResourceId", ""};
  ListTagsForResourceOutput output;
  output.tag_list.emplace();
  for (const JsonMember& tag : parameter->tags.members()) {
    output.tag_list->push_back({tag.key, std::string(tag.value.as_string())});
  }
  return output;
}

}  // namespace penstock::aws::ssm
