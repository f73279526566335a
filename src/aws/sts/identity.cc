#include "aws/sts/identity.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "core/access/access.h"
#include "core/access/policy_document.h"

namespace penstock::aws::sts {

namespace {

constexpr int64_t session_seconds_default = 3'600;
constexpr int64_t chained_seconds_max = 3'600;
constexpr int64_t token_seconds_default = 43'200;
constexpr int64_t root_token_seconds_max = 3'600;
constexpr int64_t policy_characters_max = 2'048;

bool is_role_session(const Caller& caller) {
  return caller.arn.find(":assumed-role/") != std::string::npos;
}
bool is_root(const Caller& caller) {
  return caller.arn.ends_with(":root");
}

Error validation(std::string message) {
  return Error{"ValidationError", std::move(message), 400};
}

// The name in arn:aws:iam::ACCOUNT:role/PATH/NAME when ACCOUNT is ours.
std::optional<std::string> role_name_of(std::string_view arn, std::string_view account) {
  std::string prefix = "arn:aws:iam::" + std::string(account) + ":role/";
  if (!arn.starts_with(prefix)) return std::nullopt;
  std::string_view name = arn.substr(arn.rfind('/') + 1);
  if (name.empty()) return std::nullopt;
  return std::string(name);
}

// How much of what a session policy may take is used, in percent.
int64_t packed_percent(const AssumeRoleInput& input) {
  size_t characters = input.policy ? input.policy->size() : 0;
  if (input.policy_arns) {
    for (const PolicyDescriptorType& policy : *input.policy_arns) characters += policy.arn.value_or("").size();
  }
  return static_cast<int64_t>(characters) * 100 / policy_characters_max + 1;
}

std::vector<std::string> session_policies(const AssumeRoleInput& input) {
  std::vector<std::string> policies;
  if (input.policy) policies.push_back(*input.policy);
  if (input.policy_arns) {
    for (const PolicyDescriptorType& policy : *input.policy_arns) policies.push_back(policy.arn.value_or(""));
  }
  return policies;
}

Credentials wire_credentials(const access::Credential& credential) {
  return {credential.keys.access_key, credential.keys.secret, credential.session_token, credential.expiration};
}

}  // namespace

Outcome<GetCallerIdentityOutput> get_caller_identity(Context& context, const GetCallerIdentityInput&) {
  return GetCallerIdentityOutput{context.caller.user_id, context.caller.account, context.caller.arn};
}

Outcome<AssumeRoleOutput> assume_role(Context& context, const AssumeRoleInput& input) {
  access::Access& access = context.platform.access;
  if (split(input.role_arn, ':').size() < 6) return validation(input.role_arn + " is invalid");
  std::optional<std::string> name = role_name_of(input.role_arn, context.account);
  Outcome<access::Principal> role = access.directory().find(access::PrincipalKind::role, name.value_or(""));
  if (!role || role->arn != input.role_arn) {
    return Error{
        "AccessDenied",
        "User: " + context.caller.arn + " is not authorized to perform: sts:AssumeRole on resource: " + input.role_arn,
        403};
  }
  if (input.policy) {
    Outcome<void> checked = access::check_policy_document(*input.policy, access::PolicyUse::identity);
    if (!checked) return checked.error();
  }
  int64_t seconds = input.duration_seconds.value_or(session_seconds_default);
  if (is_role_session(context.caller) && seconds > chained_seconds_max) {
    return validation(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  if (seconds > role->session_seconds_max) {
    return validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  access::Identity identity = access.role_identity(role->arn, input.role_session_name);
  AssumeRoleOutput output;
  output.assumed_role_user = AssumedRoleUser{identity.user_id, identity.arn};
  Time expiration = plus_seconds(whole_seconds(access.wall().now()), static_cast<double>(seconds));
  output.credentials = wire_credentials(access.make_session(identity, expiration, session_policies(input)));
  if (input.policy || input.policy_arns) output.packed_policy_size = packed_percent(input);
  output.source_identity = input.source_identity;
  return output;
}

Outcome<GetSessionTokenOutput> get_session_token(Context& context, const GetSessionTokenInput& input) {
  if (is_role_session(context.caller)) {
    return Error{"AccessDenied", "Cannot call GetSessionToken with session credentials", 403};
  }
  int64_t seconds = input.duration_seconds.value_or(token_seconds_default);
  if (is_root(context.caller)) seconds = std::min(seconds, root_token_seconds_max);
  access::Identity identity{context.caller.account, context.caller.arn, context.caller.user_id};
  Time expiration = plus_seconds(whole_seconds(context.platform.access.wall().now()), static_cast<double>(seconds));
  return GetSessionTokenOutput{wire_credentials(context.platform.access.make_session(identity, expiration)), {}, {}};
}

}  // namespace penstock::aws::sts
