// Operations on versions and aliases of state machines.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/states/version.h"

namespace penstock::aws::states {

Outcome<PublishStateMachineVersionOutput> publish_state_machine_version(Context& context,
                                                                        const PublishStateMachineVersionInput& input);
Outcome<DeleteStateMachineVersionOutput> delete_state_machine_version(Context& context,
                                                                      const DeleteStateMachineVersionInput& input);
Outcome<ListStateMachineVersionsOutput> list_state_machine_versions(Context& context,
                                                                    const ListStateMachineVersionsInput& input);

Outcome<CreateStateMachineAliasOutput> create_state_machine_alias(Context& context,
                                                                  const CreateStateMachineAliasInput& input);
Outcome<DescribeStateMachineAliasOutput> describe_state_machine_alias(Context& context,
                                                                      const DescribeStateMachineAliasInput& input);
Outcome<UpdateStateMachineAliasOutput> update_state_machine_alias(Context& context,
                                                                  const UpdateStateMachineAliasInput& input);
Outcome<DeleteStateMachineAliasOutput> delete_state_machine_alias(Context& context,
                                                                  const DeleteStateMachineAliasInput& input);
Outcome<ListStateMachineAliasesOutput> list_state_machine_aliases(Context& context,
                                                                  const ListStateMachineAliasesInput& input);

}  // namespace penstock::aws::states
