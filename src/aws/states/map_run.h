// Operations on map runs: the runs of distributed Map states.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/states/map_run.h"

namespace penstock::aws::states {

Outcome<DescribeMapRunOutput> describe_map_run(Context& context, const DescribeMapRunInput& input);
Outcome<ListMapRunsOutput> list_map_runs(Context& context, const ListMapRunsInput& input);
Outcome<UpdateMapRunOutput> update_map_run(Context& context, const UpdateMapRunInput& input);

Error no_such_map_run(std::string_view arn);  // ResourceNotFound

}  // namespace penstock::aws::states
