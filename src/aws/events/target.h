// Targets of rules.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/events/rule.h"

namespace penstock::aws::events {

Outcome<PutTargetsOutput> put_targets(Context& context, const PutTargetsInput& input);
Outcome<RemoveTargetsOutput> remove_targets(Context& context, const RemoveTargetsInput& input);
Outcome<ListTargetsByRuleOutput> list_targets_by_rule(Context& context, const ListTargetsByRuleInput& input);

}  // namespace penstock::aws::events
