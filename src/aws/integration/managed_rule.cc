#include "aws/integration/managed_rule.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "aws/integration/integration.h"
#include "aws/integration/resource.h"
#include "aws/protocol/guard.h"

namespace penstock::aws::integration {

namespace {

std::set<std::string_view> managed_rules(const pipeline::Program& program) {
  std::set<std::string_view> rules;
  for (std::string_view text : pipeline::task_resources(program)) {
    std::optional<Resource> resource = parse_resource(text);
    if (!resource || resource->sdk || !resource->waits_for_job()) continue;
    const Integration* integration = find_integration(*resource);
    if (integration != nullptr && integration->job != nullptr) rules.insert(integration->job->managed_rule);
  }
  return rules;
}

}  // namespace

std::string managed_rule_arn(const Context& context, std::string_view name) {
  return context.arn("events", fmt::format("rule/{}", name));
}

Context as_role(const Context& context, std::string_view role_arn) {
  Context role = context;
  role.caller = {};
  role.caller.account = context.account;
  role.caller.arn =
      fmt::format("arn:aws:sts::{}:assumed-role/{}/states", context.account, role_arn.substr(role_arn.rfind('/') + 1));
  return role;
}

Outcome<void> check_managed_rules(const Context& context, const pipeline::Program& program, std::string_view role_arn) {
  if (context.platform.guard == nullptr) return {};
  const Context role = as_role(context, role_arn);
  for (std::string_view rule : managed_rules(program)) {
    for (std::string_view action : managed_rule_actions) {
      if (context.platform.guard->check(role, {std::string(action), managed_rule_arn(context, rule)})) continue;
      return Error{"AccessDeniedException", fmt::format("'{}' is not authorized to create managed-rule.", role_arn)};
    }
  }
  return {};
}

}  // namespace penstock::aws::integration
