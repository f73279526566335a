#include "aws/iam/simulation.h"

#include <memory>
#include <utility>

#include "aws/iam/principal.h"
#include "base/encoding.h"
#include "core/access/principal_policies.h"

namespace penstock::aws::iam {

namespace {

// The condition keys of a simulated request: those given, and what the principal itself says.
class SimulatedKeys final : public access::RequestKeys {
 public:
  SimulatedKeys(const SimulatePrincipalPolicyInput& input, const access::CompiledPrincipal& principal)
      : input_(input), principal_(principal) {}

  std::optional<std::vector<std::string>> find(std::string_view lower_name) const override {
    if (input_.context_entries) {
      for (const ContextEntry& entry : *input_.context_entries) {
        if (to_lower(entry.context_key_name.value_or("")) == lower_name)
          return entry.context_key_values.value_or(std::vector<std::string>{});
      }
    }
    if (lower_name == "aws:principalarn") return std::vector{principal_.arn};
    constexpr std::string_view tag = "aws:principaltag/";
    if (!lower_name.starts_with(tag)) return std::nullopt;
    for (const auto& [name, value] : principal_.tags) {
      if (to_lower(name) == lower_name.substr(tag.size())) return std::vector{value};
    }
    return std::nullopt;
  }

 private:
  const SimulatePrincipalPolicyInput& input_;
  const access::CompiledPrincipal& principal_;
};

Error invalid_input(std::string message) {
  return Error{"InvalidInput", std::move(message), 400};
}

// What would change the answer and is not weighed here must not be passed over in silence.
Outcome<void> check_served(const SimulatePrincipalPolicyInput& input) {
  const std::pair<bool, const char*> others[] = {
      {input.permissions_boundary_policy_input_list.has_value(), "PermissionsBoundaryPolicyInputList"},
      {input.policy_exclusion_list.has_value(), "PolicyExclusionList"},
      {input.resource_policy.has_value(), "ResourcePolicy"},
      {input.resource_owner.has_value(), "ResourceOwner"},
      {input.caller_arn.has_value(), "CallerArn"},
      {input.resource_handling_option.has_value(), "ResourceHandlingOption"}};
  for (const auto& [given, name] : others) {
    if (given) return invalid_input(std::string(name) + " is not served by SimulatePrincipalPolicy here");
  }
  return {};
}

// The policies of the role or user in `arn` and those of the input.
Outcome<access::CompiledPrincipal> principal_of(Context& context, const SimulatePrincipalPolicyInput& input) {
  const std::string& arn = input.policy_source_arn;
  const bool is_role = arn.find(":role/") != std::string::npos;
  if (!is_role && arn.find(":user/") == std::string::npos)
    return invalid_input("Invalid Entity Arn: " + arn + " does not clearly define entity type and name.");
  access::PrincipalPolicies policies(directory(context));
  const auto kind = is_role ? access::PrincipalKind::role : access::PrincipalKind::user;
  const auto found = policies.find(kind, arn.substr(arn.rfind('/') + 1));
  if (!found || found->arn != arn) return Error{"NoSuchEntity", "Entity " + arn + " cannot be found.", 404};
  access::CompiledPrincipal principal = *found;
  if (!input.policy_input_list) return principal;
  for (size_t i = 0; i < input.policy_input_list->size(); ++i) {
    auto document = access::PolicyDocument::compile((*input.policy_input_list)[i], access::PolicyUse::identity);
    if (!document) return document.error();
    principal.policies.identity.push_back({"PolicyInputList." + std::to_string(i + 1),
                                           std::make_shared<const access::PolicyDocument>(std::move(*document))});
  }
  return principal;
}

std::string_view source_type(std::string_view policy, std::string_view principal_arn) {
  if (policy.starts_with("PolicyInputList.")) return "none";
  if (policy.starts_with("arn:aws:iam::aws:")) return "aws-managed";
  if (policy.starts_with("arn:")) return "user-managed";
  return principal_arn.find(":role/") != std::string_view::npos ? "role" : "user";
}

EvaluationResult wire_result(std::string action, std::string resource, const access::Decision& decision,
                             std::string_view principal_arn) {
  EvaluationResult result;
  result.eval_action_name = std::move(action);
  result.eval_resource_name = std::move(resource);
  result.eval_decision = decision.allowed ? "allowed" : decision.denied_explicitly ? "explicitDeny" : "implicitDeny";
  result.matched_statements.emplace();
  result.missing_context_values.emplace();
  if (!decision.policy) return result;
  const std::string& name = decision.policy->name;
  Statement matched;
  matched.source_policy_id = name.substr(name.rfind('/') + 1);  // npos + 1 = 0: the whole
  matched.source_policy_type = source_type(name, principal_arn);
  result.matched_statements->push_back(std::move(matched));
  return result;
}

}  // namespace

Outcome<SimulatePrincipalPolicyOutput> simulate_principal_policy(Context& context,
                                                                 const SimulatePrincipalPolicyInput& input) {
  if (Outcome<void> served = check_served(input); !served) return served.error();
  auto principal = principal_of(context, input);
  if (!principal) return principal.error();
  const SimulatedKeys keys(input, *principal);
  const access::Asker asker{context.account, principal->arn, principal->arn, {}};
  std::vector<EvaluationResult> results;
  for (const std::string& action : input.action_names) {
    const std::string lower_action = to_lower(action);
    for (const std::string& resource : input.resource_arns.value_or(std::vector<std::string>{"*"})) {
      const access::Decision decision =
          access::evaluate(principal->policies, nullptr, {lower_action, resource, asker, keys});
      results.push_back(wire_result(action, resource, decision, principal->arn));
    }
  }
  SimulatePrincipalPolicyOutput output;
  auto page = take_page(std::move(results), input, output);
  if (!page) return page.error();
  output.evaluation_results = std::move(*page);
  return output;
}

}  // namespace penstock::aws::iam
