// What changes the course of a stack's operations: policies, cancelling, rolling back, signals; and the limits.
#include <fmt/format.h>

#include "aws/cloudformation/request.h"

namespace penstock::aws::cloudformation {

Outcome<SetStackPolicyOutput> set_stack_policy(Context& context, const SetStackPolicyInput& input) {
  Outcome<std::optional<std::string>> policy = read_policy(context, input.stack_policy_body, input.stack_policy_url);
  if (!policy) return policy.error();
  if (!*policy) return Error{"ValidationError", "One of StackPolicyBody and StackPolicyURL must be specified."};
  Outcome<void> set = context.platform.stacks.set_policy(asker_of(context), input.stack_name, **policy);
  if (!set) return set.error();
  return SetStackPolicyOutput{};
}

Outcome<GetStackPolicyOutput> get_stack_policy(Context& context, const GetStackPolicyInput& input) {
  Outcome<stack::Stack> found = context.platform.stacks.find(asker_of(context), input.stack_name);
  if (!found) return found.error();
  return GetStackPolicyOutput{if_any(found->policy)};
}

Outcome<CancelUpdateStackOutput> cancel_update_stack(Context& context, const CancelUpdateStackInput& input) {
  Outcome<void> cancelled = context.platform.stacks.cancel_update(asker_of(context), input.stack_name);
  if (!cancelled) return cancelled.error();
  return CancelUpdateStackOutput{};
}

Outcome<ContinueUpdateRollbackOutput> continue_update_rollback(Context& context,
                                                               const ContinueUpdateRollbackInput& input) {
  stack::Stacks& stacks = context.platform.stacks;
  stack::Asker asker = asker_of(context);
  Outcome<void> begun =
      stacks.continue_rollback(asker, input.stack_name, input.resources_to_skip.value_or(std::vector<std::string>{}),
                               input.role_arn.value_or(""));
  if (!begun) return begun.error();
  if (Outcome<stack::Stack> found = stacks.find(asker, input.stack_name); found.ok()) {
    stacks.wait_ended(found->id, end_wait_milliseconds);
  }
  return ContinueUpdateRollbackOutput{};
}

Outcome<RollbackStackOutput> rollback_stack(Context& context, const RollbackStackInput& input) {
  if (Outcome<void> served = refuse(input.deployment_config.has_value(), "DeploymentConfig"); !served) {
    return served.error();
  }
  Outcome<std::string> id =
      context.platform.stacks.roll_back(asker_of(context), input.stack_name,
                                        {input.role_arn.value_or(""), input.retain_except_on_create.value_or(false),
                                         input.client_request_token.value_or("")});
  if (!id) return id.error();
  context.platform.stacks.wait_ended(*id, end_wait_milliseconds);
  RollbackStackOutput output;
  output.stack_id = *id;
  return output;
}

Outcome<SignalResourceOutput> signal_resource(Context& context, const SignalResourceInput& input) {
  Outcome<void> sent = context.platform.stacks.signal(asker_of(context), input.stack_name, input.logical_resource_id,
                                                      {input.unique_id, input.status == "SUCCESS", {}, {}});
  if (!sent) return sent.error();
  return SignalResourceOutput{};
}

Outcome<DescribeAccountLimitsOutput> describe_account_limits(Context&, const DescribeAccountLimitsInput&) {
  DescribeAccountLimitsOutput output;
  output.account_limits.emplace();
  output.account_limits->push_back({"StackOutputsLimit", static_cast<int64_t>(stack::outputs_max)});
  return output;
}

}  // namespace penstock::aws::cloudformation
