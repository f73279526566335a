// Tags of state machines and activities.
#pragma once

#include <optional>
#include <vector>

#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "models/states/shapes.h"
#include "models/states/tag.h"

namespace penstock::aws::states {

// TooManyTags when a resource would have more than AWS allows; ValidationException of check_schema_tags.
Outcome<void> check_tags(const Json& tags, std::string_view arn);
// The tags, an object of texts, with `added` put over them.
Json merge_tags(Json tags, const std::optional<std::vector<Tag>>& added);

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input);
Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input);
Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input);

}  // namespace penstock::aws::states
