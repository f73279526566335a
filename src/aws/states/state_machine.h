// Operations on state machines.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/states/state_machine.h"

namespace penstock::aws::states {

Outcome<CreateStateMachineOutput> create_state_machine(Context& context, const CreateStateMachineInput& input);
Outcome<DescribeStateMachineOutput> describe_state_machine(Context& context, const DescribeStateMachineInput& input);
Outcome<DescribeStateMachineForExecutionOutput> describe_state_machine_for_execution(
    Context& context, const DescribeStateMachineForExecutionInput& input);
Outcome<UpdateStateMachineOutput> update_state_machine(Context& context, const UpdateStateMachineInput& input);
Outcome<DeleteStateMachineOutput> delete_state_machine(Context& context, const DeleteStateMachineInput& input);
Outcome<ListStateMachinesOutput> list_state_machines(Context& context, const ListStateMachinesInput& input);
Outcome<ValidateStateMachineDefinitionOutput> validate_state_machine_definition(
    Context& context, const ValidateStateMachineDefinitionInput& input);

}  // namespace penstock::aws::states
