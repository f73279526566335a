// The handlers, by the files that hold them.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/cloudformation/change_set.h"
#include "models/cloudformation/drift.h"
#include "models/cloudformation/resource.h"
#include "models/cloudformation/stack.h"
#include "models/cloudformation/template.h"

namespace penstock::aws::cloudformation {

// stack.cc
Outcome<CreateStackOutput> create_stack(Context& context, const CreateStackInput& input);
Outcome<UpdateStackOutput> update_stack(Context& context, const UpdateStackInput& input);
Outcome<DeleteStackOutput> delete_stack(Context& context, const DeleteStackInput& input);
Outcome<DescribeStacksOutput> describe_stacks(Context& context, const DescribeStacksInput& input);
Outcome<ListStacksOutput> list_stacks(Context& context, const ListStacksInput& input);
Outcome<UpdateTerminationProtectionOutput> update_termination_protection(Context& context,
                                                                         const UpdateTerminationProtectionInput& input);
Outcome<ListExportsOutput> list_exports(Context& context, const ListExportsInput& input);
Outcome<ListImportsOutput> list_imports(Context& context, const ListImportsInput& input);

// intervention.cc
Outcome<SetStackPolicyOutput> set_stack_policy(Context& context, const SetStackPolicyInput& input);
Outcome<GetStackPolicyOutput> get_stack_policy(Context& context, const GetStackPolicyInput& input);
Outcome<CancelUpdateStackOutput> cancel_update_stack(Context& context, const CancelUpdateStackInput& input);
Outcome<ContinueUpdateRollbackOutput> continue_update_rollback(Context& context,
                                                               const ContinueUpdateRollbackInput& input);
Outcome<RollbackStackOutput> rollback_stack(Context& context, const RollbackStackInput& input);
Outcome<SignalResourceOutput> signal_resource(Context& context, const SignalResourceInput& input);
Outcome<DescribeAccountLimitsOutput> describe_account_limits(Context& context, const DescribeAccountLimitsInput& input);

// drift.cc
Outcome<DetectStackDriftOutput> detect_stack_drift(Context& context, const DetectStackDriftInput& input);
Outcome<DetectStackResourceDriftOutput> detect_stack_resource_drift(Context& context,
                                                                    const DetectStackResourceDriftInput& input);
Outcome<DescribeStackDriftDetectionStatusOutput> describe_stack_drift_detection_status(
    Context& context, const DescribeStackDriftDetectionStatusInput& input);
Outcome<DescribeStackResourceDriftsOutput> describe_stack_resource_drifts(
    Context& context, const DescribeStackResourceDriftsInput& input);

// change_set.cc
Outcome<CreateChangeSetOutput> create_change_set(Context& context, const CreateChangeSetInput& input);
Outcome<DescribeChangeSetOutput> describe_change_set(Context& context, const DescribeChangeSetInput& input);
Outcome<ExecuteChangeSetOutput> execute_change_set(Context& context, const ExecuteChangeSetInput& input);
Outcome<DeleteChangeSetOutput> delete_change_set(Context& context, const DeleteChangeSetInput& input);
Outcome<ListChangeSetsOutput> list_change_sets(Context& context, const ListChangeSetsInput& input);

// template.cc
Outcome<ValidateTemplateOutput> validate_template(Context& context, const ValidateTemplateInput& input);
Outcome<GetTemplateOutput> get_template(Context& context, const GetTemplateInput& input);
Outcome<GetTemplateSummaryOutput> get_template_summary(Context& context, const GetTemplateSummaryInput& input);

// resource.cc
Outcome<DescribeStackEventsOutput> describe_stack_events(Context& context, const DescribeStackEventsInput& input);
Outcome<DescribeStackResourceOutput> describe_stack_resource(Context& context, const DescribeStackResourceInput& input);
Outcome<DescribeStackResourcesOutput> describe_stack_resources(Context& context,
                                                               const DescribeStackResourcesInput& input);
Outcome<ListStackResourcesOutput> list_stack_resources(Context& context, const ListStackResourcesInput& input);

}  // namespace penstock::aws::cloudformation
