#include "aws/sagemaker/tag.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "core/job/manager.h"
#include "store/records.h"

namespace penstock::aws::sagemaker {

namespace {

constexpr std::string_view record_kind = "sagemaker_tags";
constexpr size_t tags_max = 50;  // of a resource (Tagging AWS resources, tag naming limits)
constexpr size_t page_size_default = 50;

std::vector<Tag> read_tags(const Json& json) {
  std::vector<Tag> tags;
  if (!json.is_object()) return tags;
  for (const JsonMember& member : json.members()) tags.push_back({member.key, std::string(member.value.as_string())});
  return tags;
}

std::vector<Tag> stored_tags(Context& context, const std::string& arn) {
  return read_tags(context.platform.records.get(record_kind, arn).value_or(Json()));
}

// The resource that an ARN names must be there.
Outcome<void> check_resource(Context& context, const std::string& arn) {
  std::string_view resource = job::arn_part(arn, 5);
  size_t slash = resource.find('/');
  std::string_view type = resource.substr(0, slash);
  std::string_view kind = type == "training-job" ? "training" : type == "processing-job" ? "processing" : "";
  bool known =
      slash != std::string_view::npos && !kind.empty() &&
      context.platform.jobs.find(kind, job::arn_part(arn, 4), job::arn_part(arn, 3), resource.substr(slash + 1));
  if (known) return {};
  return Error{"ValidationException", fmt::format("Requested resource not found: {}", arn), 400, {}};
}

}  // namespace

void set_tags(Context& context, const std::string& arn, const std::vector<Tag>& tags) {
  Json json = Json::object();
  for (const Tag& tag : tags) json.set(tag.key, tag.value);
  context.platform.records.put(record_kind, arn, std::move(json));
}

Outcome<AddTagsOutput> add_tags(Context& context, const AddTagsInput& input) {
  if (Outcome<void> known = check_resource(context, input.resource_arn); !known) return known.error();
  Json json = context.platform.records.get(record_kind, input.resource_arn).value_or(Json::object());
  for (const Tag& tag : input.tags) json.set(tag.key, tag.value);
  if (json.size() > tags_max) {
    return Error{"ResourceLimitExceeded", fmt::format("A resource has at most {} tags", tags_max), 400, {}};
  }
  AddTagsOutput output{read_tags(json)};
  context.platform.records.put(record_kind, input.resource_arn, std::move(json));
  return output;
}

Outcome<ListTagsOutput> list_tags(Context& context, const ListTagsInput& input) {
  if (Outcome<void> known = check_resource(context, input.resource_arn); !known) return known.error();
  std::vector<Tag> tags = stored_tags(context, input.resource_arn);
  size_t start = 0;
  if (input.next_token) {
    const std::string& token = *input.next_token;
    auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), start);
    if (error != std::errc() || end != token.data() + token.size() || start > tags.size()) {
      return Error{"ValidationException", "Invalid NextToken: start the listing again.", 400, {}};
    }
  }
  size_t count = input.max_results ? static_cast<size_t>(*input.max_results) : page_size_default;
  size_t end = std::min(tags.size(), start + count);
  ListTagsOutput output;
  output.tags.emplace(tags.begin() + static_cast<std::ptrdiff_t>(start),
                      tags.begin() + static_cast<std::ptrdiff_t>(end));
  if (end < tags.size()) output.next_token = std::to_string(end);
  return output;
}

Outcome<DeleteTagsOutput> delete_tags(Context& context, const DeleteTagsInput& input) {
  if (Outcome<void> known = check_resource(context, input.resource_arn); !known) return known.error();
  context.platform.records.update(record_kind, input.resource_arn, [&](Json& json) {
    for (const std::string& key : input.tag_keys) json.erase(key);
    return true;
  });
  return DeleteTagsOutput{};
}

}  // namespace penstock::aws::sagemaker
