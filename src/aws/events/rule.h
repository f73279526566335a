// Rules.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/events/rule.h"

namespace penstock::aws::events {

Outcome<PutRuleOutput> put_rule(Context& context, const PutRuleInput& input);
Outcome<DescribeRuleOutput> describe_rule(Context& context, const DescribeRuleInput& input);
Outcome<ListRulesOutput> list_rules(Context& context, const ListRulesInput& input);
Outcome<DeleteRuleOutput> delete_rule(Context& context, const DeleteRuleInput& input);
Outcome<EnableRuleOutput> enable_rule(Context& context, const EnableRuleInput& input);
Outcome<DisableRuleOutput> disable_rule(Context& context, const DisableRuleInput& input);
Outcome<ListRuleNamesByTargetOutput> list_rule_names_by_target(Context& context,
                                                               const ListRuleNamesByTargetInput& input);

}  // namespace penstock::aws::events
