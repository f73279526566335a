// Tags of rules and event buses.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/events/tag.h"

namespace penstock::aws::events {

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input);
Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input);
Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input);

}  // namespace penstock::aws::events
