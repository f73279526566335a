// Tags of objects.
#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"
#include "aws/s3/names.h"

namespace penstock::aws::s3 {

namespace {

template <class Input, class Output>
void set_tags(Context& context, const Input& input, Json tags, Reply<Output> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  if (auto valid = check_version_id(input.version_id); !valid) return reply(valid.error());
  auto edit = [tags = std::move(tags)](store::ObjectVersion& version) -> Outcome<void> {
    if (version.delete_marker) return method_not_allowed("PUT", "DeleteMarker");
    version.tags = tags;
    return {};
  };
  auto make = [](const store::ObjectVersion& version) {
    Output output;
    if (version.in_versioned_bucket) output.version_id = version.version_id;
    return output;
  };
  context.platform.objects.edit(input.bucket, input.key, input.version_id.value_or(""), std::move(edit),
                                answering<store::ObjectVersion>(std::move(reply), make));
}

}  // namespace

Outcome<GetObjectTaggingOutput> get_object_tagging(Context& context, const GetObjectTaggingInput& input) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return owned.error();
  if (auto valid = check_version_id(input.version_id); !valid) return valid.error();
  auto version = context.platform.objects.version(input.bucket, input.key, input.version_id.value_or(""));
  if (!version) return version.error();
  if (version->delete_marker) return method_not_allowed("GET", "DeleteMarker");
  GetObjectTaggingOutput output;
  if (version->in_versioned_bucket) output.version_id = version->version_id;
  output.tag_set = write_tags(version->tags);
  return output;
}

void put_object_tagging(Context& context, const PutObjectTaggingInput& input, Reply<PutObjectTaggingOutput> reply) {
  auto tags = read_tags(input.tagging.tag_set, 10);
  if (!tags) return reply(tags.error());
  set_tags(context, input, std::move(*tags), std::move(reply));
}

void delete_object_tagging(Context& context, const DeleteObjectTaggingInput& input,
                           Reply<DeleteObjectTaggingOutput> reply) {
  set_tags(context, input, Json::object(), std::move(reply));
}

}  // namespace penstock::aws::s3
