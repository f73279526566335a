// Tags of SageMaker's resources: handlers.
#pragma once

#include <string>
#include <vector>

#include "aws/context.h"
#include "base/outcome.h"
#include "models/sagemaker/tag.h"

namespace penstock::aws::sagemaker {

// Gives a new resource its tags.
void set_tags(Context& context, const std::string& arn, const std::vector<Tag>& tags);

// ValidationException when the resource is not there, ResourceLimitExceeded beyond 50 tags.
Outcome<AddTagsOutput> add_tags(Context& context, const AddTagsInput& input);
Outcome<ListTagsOutput> list_tags(Context& context, const ListTagsInput& input);
Outcome<DeleteTagsOutput> delete_tags(Context& context, const DeleteTagsInput& input);

}  // namespace penstock::aws::sagemaker
