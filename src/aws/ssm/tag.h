// Tags of parameters.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/ssm/tag.h"

namespace penstock::aws::ssm {

Outcome<AddTagsToResourceOutput> add_tags_to_resource(Context& context, const AddTagsToResourceInput& input);
Outcome<RemoveTagsFromResourceOutput> remove_tags_from_resource(Context& context,
                                                                const RemoveTagsFromResourceInput& input);
Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input);

}  // namespace penstock::aws::ssm
