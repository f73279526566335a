// Operations on executions and their histories.
#pragma once

#include "aws/context.h"
#include "aws/protocol/operation.h"
#include "base/outcome.h"
#include "models/states/execution.h"
#include "models/states/history.h"

namespace penstock::aws::states {

Outcome<StartExecutionOutput> start_execution(Context& context, const StartExecutionInput& input);
void start_sync_execution(Context& context, const StartSyncExecutionInput& input,
                          Reply<StartSyncExecutionOutput> reply);
Outcome<StopExecutionOutput> stop_execution(Context& context, const StopExecutionInput& input);
Outcome<DescribeExecutionOutput> describe_execution(Context& context, const DescribeExecutionInput& input);
Outcome<ListExecutionsOutput> list_executions(Context& context, const ListExecutionsInput& input);
Outcome<RedriveExecutionOutput> redrive_execution(Context& context, const RedriveExecutionInput& input);
Outcome<GetExecutionHistoryOutput> get_execution_history(Context& context, const GetExecutionHistoryInput& input);

}  // namespace penstock::aws::states
