#include "aws/kms/tag.h"

#include "aws/kms/request.h"

namespace penstock::aws::kms {

namespace {

constexpr size_t tags_max = 50;
constexpr int64_t page_default = 50;

}  // namespace

Outcome<void> add_tags(const std::vector<Tag>& tags, Json& all) {
  for (const Tag& tag : tags) {
    if (tag.tag_key.starts_with("aws:")) {
      return Error{"TagException", "Tag keys that begin with aws: are reserved for AWS"};
    }
    all.set(tag.tag_key, Json(tag.tag_value));
  }
  if (all.size() > tags_max) return Error{"TagException", "Too many tags: a key has at most 50"};
  return {};
}

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  Outcome<keys::Key> edited = context.platform.keyring.edit(*key, [&](keys::Key& now) -> Outcome<void> {
    if (Outcome<void> there = now.check_not_pending(); !there) return there;
    return add_tags(input.tags, now.tags);
  });
  if (!edited) return edited.error();
  return TagResourceOutput{};
}

Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  Outcome<keys::Key> edited = context.platform.keyring.edit(*key, [&](keys::Key& now) -> Outcome<void> {
    if (Outcome<void> there = now.check_not_pending(); !there) return there;
    for (const std::string& name : input.tag_keys) now.tags.erase(name);
    return {};
  });
  if (!edited) return edited.error();
  return UntagResourceOutput{};
}

Outcome<ListResourceTagsOutput> list_resource_tags(Context& context, const ListResourceTagsInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  Outcome<std::string> after = page_start(input.marker);
  if (!after) return after.error();
  size_t count = static_cast<size_t>(input.limit.value_or(page_default));
  ListResourceTagsOutput output;
  output.tags.emplace();
  output.truncated = false;
  bool reached = after->empty();
  for (const JsonMember& tag : key->tags.members()) {
    if (!reached) {
      reached = tag.key == *after;
    } else if (output.tags->size() == count) {
      output.truncated = true;
      output.next_marker = to_base64(output.tags->back().tag_key);
      break;
    } else {
      output.tags->push_back({tag.key, std::string(tag.value.as_string())});
    }
  }
  return output;
}

}  // namespace penstock::aws::kms
