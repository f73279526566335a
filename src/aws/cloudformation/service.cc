#include "aws/cloudformation/service.h"

#include "aws/cloudformation/handlers.h"

namespace penstock::aws::cloudformation {

const ServiceTable& service() {
  // Those that begin something wait a moment for its end (request.h).
  static const ServiceTable table =
      list(blocking(op<CreateStack>(create_stack)), blocking(op<UpdateStack>(update_stack)),
           blocking(op<DeleteStack>(delete_stack)), op<DescribeStacks>(describe_stacks), op<ListStacks>(list_stacks),
           op<UpdateTerminationProtection>(update_termination_protection), op<ListExports>(list_exports),
           op<ListImports>(list_imports), blocking(op<CreateChangeSet>(create_change_set)),
           op<DescribeChangeSet>(describe_change_set), blocking(op<ExecuteChangeSet>(execute_change_set)),
           op<DeleteChangeSet>(delete_change_set), op<ListChangeSets>(list_change_sets),
           blocking(op<ValidateTemplate>(validate_template)), op<GetTemplate>(get_template),
           blocking(op<GetTemplateSummary>(get_template_summary)), op<DescribeStackEvents>(describe_stack_events),
           op<DescribeStackResource>(describe_stack_resource), op<DescribeStackResources>(describe_stack_resources),
           op<ListStackResources>(list_stack_resources), op<SetStackPolicy>(set_stack_policy),
           op<GetStackPolicy>(get_stack_policy), op<CancelUpdateStack>(cancel_update_stack),
           blocking(op<ContinueUpdateRollback>(continue_update_rollback)), blocking(op<RollbackStack>(rollback_stack)),
           op<SignalResource>(signal_resource), blocking(op<DetectStackDrift>(detect_stack_drift)),
           blocking(op<DetectStackResourceDrift>(detect_stack_resource_drift)),
           op<DescribeStackDriftDetectionStatus>(describe_stack_drift_detection_status),
           op<DescribeStackResourceDrifts>(describe_stack_resource_drifts),
           op<DescribeAccountLimits>(describe_account_limits));
  return table;
}

}  // namespace penstock::aws::cloudformation
