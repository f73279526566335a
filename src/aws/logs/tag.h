// Tags of log groups, by the old operations (by name) and the new ones (by ARN).
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/logs/tag.h"

namespace penstock::aws::logs {

Outcome<TagLogGroupOutput> tag_log_group(Context& context, const TagLogGroupInput& input);
Outcome<UntagLogGroupOutput> untag_log_group(Context& context, const UntagLogGroupInput& input);
Outcome<ListTagsLogGroupOutput> list_tags_log_group(Context& context, const ListTagsLogGroupInput& input);
Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input);
Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input);
Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input);

}  // namespace penstock::aws::logs
