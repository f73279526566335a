#include "aws/events/tag.h"

#include <fmt/format.h>

#include <functional>
#include <string_view>

#include "aws/delivery/delivery.h"
#include "aws/events/rule_record.h"
#include "store/records.h"

namespace penstock::aws::events {

namespace {

struct Place {
  std::string_view kind;
  std::string key;
};

// Where the record of that ARN lies.
Outcome<Place> place_of(Context& context, const std::string& arn) {
  std::string resource = delivery::arn_parts(arn).resource;
  Place place;
  if (resource.starts_with("event-bus/")) {
    place = {bus_kind, context.region + "/" + resource.substr(10)};
  } else if (resource.starts_with("rule/")) {
    std::string name = resource.substr(5);
    place = {rule_kind, context.region + "/" + (name.find('/') == std::string::npos ? "default/" : "") + name};
  }
  if (place.key.empty() || !context.platform.records.get(place.kind, place.key)) {
    return Error{"ResourceNotFoundException", fmt::format("Resource {} does not exist.", arn)};
  }
  return place;
}

Outcome<void> edit_tags(Context& context, const std::string& arn, const std::function<void(Json&)>& edit) {
  Outcome<Place> place = place_of(context, arn);
  if (!place) return place.error();
  context.platform.records.update(place->kind, place->key, [&](Json& record) {
    edit(record.mutable_at("tags"));
    return true;
  });
  return {};
}

}  // namespace

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input) {
  Outcome<void> edited = edit_tags(context, input.resource_arn, [&](Json& tags) {
    for (const Tag& tag : input.tags) tags.set(tag.key, tag.value);
  });
  return edited ? Outcome<TagResourceOutput>(TagResourceOutput{}) : edited.error();
}

Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input) {
  Outcome<void> edited = edit_tags(context, input.resource_arn, [&](Json& tags) {
    for (const std::string& key : input.tag_keys) tags.erase(key);
  });
  return edited ? Outcome<UntagResourceOutput>(UntagResourceOutput{}) : edited.error();
}

Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input) {
  Outcome<Place> place = place_of(context, input.resource_arn);
  if (!place) return place.error();
  ListTagsForResourceOutput output;
  output.tags.emplace();
  std::optional<Json> record = context.platform.records.get(place->kind, place->key);
  if (!record) return output;
  for (const JsonMember& tag : (*record)["tags"].members())
    output.tags->push_back({tag.key, std::string(tag.value.as_string())});
  return output;
}

}  // namespace penstock::aws::events
