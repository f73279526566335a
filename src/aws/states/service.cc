#include "aws/states/service.h"

#include "aws/states/activity.h"
#include "aws/states/execution.h"
#include "aws/states/map_run.h"
#include "aws/states/state_machine.h"
#include "aws/states/tag.h"
#include "aws/states/test_state.h"
#include "aws/states/version.h"

namespace penstock::aws::states {

const ServiceTable& service() {
  static const ServiceTable table = list(
      op<CreateStateMachine>(create_state_machine), op<DescribeStateMachine>(describe_state_machine),
      op<DescribeStateMachineForExecution>(describe_state_machine_for_execution),
      op<UpdateStateMachine>(update_state_machine), op<DeleteStateMachine>(delete_state_machine),
      op<ListStateMachines>(list_state_machines), op<ValidateStateMachineDefinition>(validate_state_machine_definition),
      op<PublishStateMachineVersion>(publish_state_machine_version),
      op<DeleteStateMachineVersion>(delete_state_machine_version),
      op<ListStateMachineVersions>(list_state_machine_versions),
      op<CreateStateMachineAlias>(create_state_machine_alias),
      op<DescribeStateMachineAlias>(describe_state_machine_alias),
      op<UpdateStateMachineAlias>(update_state_machine_alias), op<DeleteStateMachineAlias>(delete_state_machine_alias),
      op<ListStateMachineAliases>(list_state_machine_aliases), op<StartExecution>(start_execution),
      async_op<StartSyncExecution>(start_sync_execution), op<StopExecution>(stop_execution),
      op<DescribeExecution>(describe_execution), op<ListExecutions>(list_executions),
      op<RedriveExecution>(redrive_execution), op<DescribeMapRun>(describe_map_run), op<ListMapRuns>(list_map_runs),
      op<UpdateMapRun>(update_map_run), op<GetExecutionHistory>(get_execution_history),
      op<CreateActivity>(create_activity), op<DescribeActivity>(describe_activity), op<DeleteActivity>(delete_activity),
      op<ListActivities>(list_activities), async_op<GetActivityTask>(get_activity_task),
      op<SendTaskSuccess>(send_task_success), op<SendTaskFailure>(send_task_failure),
      op<SendTaskHeartbeat>(send_task_heartbeat), op<TagResource>(tag_resource), op<UntagResource>(untag_resource),
      op<ListTagsForResource>(list_tags_for_resource), blocking(op<TestState>(test_state)));
  return table;
}

}  // namespace penstock::aws::states
