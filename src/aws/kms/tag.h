// Tags of KMS keys.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/kms/tag.h"

namespace penstock::aws::kms {

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input);
Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input);
Outcome<ListResourceTagsOutput> list_resource_tags(Context& context, const ListResourceTagsInput& input);

}  // namespace penstock::aws::kms
