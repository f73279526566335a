// Managed rules: the rules of EventBridge by which Step Functions hears of the ends of jobs. Penstock needs none, but a
// machine whose role may not make them cannot be created on AWS, so not here either. Source: "IAM policies for
// integrated services", Step Functions developer guide.
#pragma once

#include <string_view>

#include "aws/context.h"
#include "base/outcome.h"
#include "core/pipeline/program.h"

namespace penstock::aws::integration {

// What a role must be allowed to do with a managed rule.
inline constexpr std::string_view managed_rule_actions[] = {"events:DescribeRule", "events:PutRule",
                                                            "events:PutTargets"};

// arn:aws:events:REGION:ACCOUNT:rule/NAME
std::string managed_rule_arn(const Context& context, std::string_view name);

// What a service would call as the role, for the sake of what it may do: a state machine's role when that is made.
Context as_role(const Context& context, std::string_view role_arn);

// May the role make the rules of all .sync tasks of the machine? AccessDeniedException in Step Functions' words.
Outcome<void> check_managed_rules(const Context& context, const pipeline::Program& program, std::string_view role_arn);

}  // namespace penstock::aws::integration
