#include "aws/authorization/authorization.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/authorization/request_keys.h"
#include "base/encoding.h"
#include "core/access/access.h"
#include "store/objects.h"

namespace penstock::aws::authorization {

namespace {

constexpr size_t buckets_cached_max = 10'000;
constexpr size_t allowed_max = 10'000;
constexpr size_t denials_max = 1'000;
constexpr std::string_view denial_kind = "iam.denial";  // records that `penstock access` shows
constexpr std::string_view bucket_arn = "arn:aws:s3:::";
constexpr std::string_view instances = "ec2.amazonaws.com";  // may be given a role before it trusts them

bool is_root(const Caller& caller) {
  return caller.arn.ends_with(":root");
}

// A service that acts for itself and not as a role: nobody's policies are about that.
bool is_service(const Caller& caller) {
  return caller.arn.ends_with(".amazonaws.com");
}

// As the service words it. S3 puts the resource in quotes.
Error denial_error(const OperationModel& operation, std::string message) {
  const Protocol protocol = operation.service->protocols.front();
  if (protocol == Protocol::rest_xml || protocol == Protocol::query)
    return Error{"AccessDenied", std::move(message), 403};
  return Error{"AccessDeniedException", std::move(message), 400};
}

// What a service says when it cannot act as the role it is given.
Error role_refusal(std::string_view service, std::string_view role) {
  if (service == "events.amazonaws.com") {
    return Error{"ValidationException",
                 fmt::format("Provided role '{}' cannot be assumed by principal '{}'.", role, service)};
  }
  if (service == "scheduler.amazonaws.com") {
    return Error{"ValidationException",
                 "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."};
  }
  if (service == "cloudformation.amazonaws.com") {
    return Error{"ValidationError", fmt::format("Role {} is invalid or cannot be assumed", role)};
  }
  if (service == "sagemaker.amazonaws.com") {
    return Error{
        "ValidationException",
        fmt::format("Could not assume role {}. Please ensure that the role exists and allows principal '{}' to "
                    "assume the role.",
                    role, service)};
  }
  return Error{
      "AccessDeniedException",
      fmt::format(
          "Neither the global service principal {}, nor the regional one is authorized to assume the provided role.",
          service)};
}

// arn:aws:iam::ACCOUNT:role/PATH/NAME
std::string_view name_in(std::string_view arn) {
  return arn.substr(arn.rfind('/') + 1);
}

// The role in arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, or nothing.
std::string_view role_of_session(std::string_view arn) {
  constexpr std::string_view mark = ":assumed-role/";
  size_t start = arn.find(mark);
  if (start == std::string_view::npos) return {};
  std::string_view rest = arn.substr(start + mark.size());
  return rest.substr(0, rest.find('/'));
}

}  // namespace

Authorization::Authorization(Platform& platform, Mode mode)
    : platform_(platform),
      mode_(mode),
      principals_(platform.access.directory()),
      uses_(platform.records, platform.access.wall()) {}

void Authorization::begin_job(const job::Spec& spec, const std::string& access_key) {
  constexpr double spare_seconds = 6 * 3'600;  // as its session has
  uses_.begin_session(
      access_key, spec.arn,
      plus_seconds(platform_.access.wall().now(), static_cast<double>(spec.runtime_seconds_max) + spare_seconds));
}

std::string Authorization::source_of(const Caller& caller) {
  if (caller.access_key.starts_with("arn:")) return caller.access_key;
  return caller.access_key.starts_with("ASIA") ? uses_.job_of(caller.access_key) : std::string();
}

Authorization::Principal Authorization::principal_of(const Caller& caller) {
  if (std::string_view role = role_of_session(caller.arn); !role.empty())
    return principals_.find(access::PrincipalKind::role, role);
  if (caller.arn.find(":user/") != std::string::npos)
    return principals_.find(access::PrincipalKind::user, name_in(caller.arn));
  return nullptr;
}

Authorization::BucketPolicy Authorization::policy_of_bucket(std::string_view resource) {
  if (!resource.starts_with(bucket_arn)) return nullptr;
  std::string name(resource.substr(bucket_arn.size()));
  name.resize(std::min(name.find('/'), name.size()));
  const uint64_t revision = bucket_revision_.load(std::memory_order_acquire);
  {
    std::shared_lock lock(mutex_);
    auto found = buckets_.find(name);
    if (found != buckets_.end() && found->second.revision == revision) return found->second.policy;
  }
  BucketPolicy policy;
  if (auto bucket = platform_.objects.bucket(name)) {
    std::string_view text = bucket->settings.text("policy");
    auto document = access::PolicyDocument::compile(text, access::PolicyUse::resource);
    if (!text.empty() && document) {
      policy = std::make_shared<const access::NamedPolicy>(access::NamedPolicy{
          "policy of bucket " + name, std::make_shared<const access::PolicyDocument>(std::move(*document))});
    }
  }
  std::unique_lock lock(mutex_);
  if (buckets_.size() >= buckets_cached_max) buckets_.clear();
  buckets_[name] = {revision, policy};
  return policy;
}

bool Authorization::was_allowed(const Principal& principal, const Need& need) {
  std::shared_lock lock(allowed_mutex_);
  auto found = allowed_.find(need.action + " " + need.resource);
  return found != allowed_.end() && found->second == principal;
}

void Authorization::remember(const Principal& principal, const Need& need) {
  std::unique_lock lock(allowed_mutex_);
  if (allowed_.size() >= allowed_max) allowed_.clear();
  allowed_[need.action + " " + need.resource] = principal;
}

std::optional<Authorization::Denial> Authorization::decide(const Context& context, const Principal& principal,
                                                           const OperationModel* operation, const void* input,
                                                           const Need& need) {
  const Caller& caller = context.caller;
  const bool root = is_root(caller);
  const bool assumes = need.action == "sts:AssumeRole";
  // Objects are too many, and their buckets have policies of their own.
  const bool memorable =
      principal && !assumes && caller.session_policies.empty() && !need.resource.starts_with(bucket_arn);
  if (memorable && was_allowed(principal, need)) return std::nullopt;
  const std::string_view session_role = role_of_session(caller.arn);
  const access::Asker asker{caller.account,
                            caller.arn,
                            principal && !session_role.empty() ? std::string_view(principal->arn) : std::string_view(),
                            {}};
  const CallKeys keys(context, operation, input, need, principal.get());
  const std::string action = to_lower(need.action);
  const access::PolicyRequest request{action, need.resource, asker, keys};
  access::PolicySet limited;  // only for sessions with policies of their own
  const access::PolicySet* set = principal ? &principal->policies : &limited;
  if (!caller.session_policies.empty()) {
    limited = *set;
    limited.session = principals_.compile_session(caller.session_policies);
    set = &limited;
  }
  access::Decision decision;
  BucketPolicy bucket;
  Principal target;
  if (assumes) {
    target = principals_.find(access::PrincipalKind::role, name_in(need.resource));
    if (!target || target->arn != need.resource)
      return Denial{fmt::format("User: {} is not authorized to perform: {} on resource: {}", caller.arn, need.action,
                                need.resource)};
    decision =
        root ? access::evaluate_root(&target->trust, request) : access::evaluate_trust(*set, target->trust, request);
  } else {
    bucket = policy_of_bucket(need.resource);
    decision = root ? access::evaluate_root(bucket.get(), request) : access::evaluate(*set, bucket.get(), request);
  }
  if (decision.allowed) {
    if (memorable && !keys.asked()) remember(principal, need);
    return std::nullopt;
  }
  std::string reason = access::reason_of(decision, need.action);
  if (assumes && decision.kind == access::PolicyKind::resource) reason.clear();  // STS does not tell
  const char* quote = need.resource.starts_with(bucket_arn) ? "\"" : "";
  return Denial{fmt::format("User: {} is not authorized to perform: {} on resource: {}{}{}{}{}", caller.arn,
                            need.action, quote, need.resource, quote, reason.empty() ? "" : " ", reason)};
}

Outcome<void> Authorization::deny(std::string_view who, const Need& need, Error error) {
  std::string key = fmt::format("{} {} {}", who, need.action, need.resource);
  bool is_new = false;
  {
    std::lock_guard lock(denials_mutex_);
    is_new = denials_.size() < denials_max && denials_.insert(key).second;
  }
  if (is_new) {
    Json record = Json::object({{"who", who},
                                {"action", need.action},
                                {"resource", need.resource},
                                {"message", error.message},
                                {"enforced", mode_ == Mode::enforce},
                                {"time", to_iso8601(platform_.access.wall().now())}});
    platform_.records.put(denial_kind, key, record);
    platform_.log.write(Log::Level::warning, mode_ == Mode::enforce ? "access denied" : "access would be denied",
                        {{"who", who}, {"action", need.action}, {"resource", need.resource}});
  }
  if (mode_ == Mode::log) return {};
  return error;
}

Outcome<void> Authorization::check(const Context& context, const OperationModel& operation, const void* input) {
  if (is_service(context.caller)) return {};
  // Only buckets have policies that stop the root; a role that is handed over must trust the service, whoever does it.
  if (is_root(context.caller) && operation.service->name != "s3" && !rules_.hands_over_role(operation)) return {};
  const Principal principal = principal_of(context.caller);
  const std::string_view who = principal ? principal->arn : context.caller.arn;
  const std::string source = source_of(context.caller);
  const std::vector<Need> needs = rules_.needs_of(context, operation, input);
  for (const Need& need : needs) {
    std::optional<Denial> denial = decide(context, principal, &operation, input, need);
    if (denial) {
      Outcome<void> denied = deny(who, need, denial_error(operation, std::move(denial->message)));
      if (!denied) return denied;
    }
    if (!source.empty()) uses_.add(source, who, need);
    if (!need.passed_to.empty() && need.passed_to != instances) {
      Outcome<void> trusted = check_service_role(need.resource, need.passed_to, needs.front().resource);
      if (!trusted) return trusted;
    }
  }
  return {};
}

Outcome<void> Authorization::check_service_role(std::string_view role_arn, std::string_view service,
                                                std::string_view source_arn) {
  const Need need{"sts:AssumeRole", std::string(role_arn), {}, std::string(source_arn)};
  const Principal role = principals_.find(access::PrincipalKind::role, name_in(role_arn));
  const Context context{platform_, {}, {}, platform_.account, {}, {}};
  const access::Asker asker{{}, {}, {}, service};
  const CallKeys keys(context, nullptr, nullptr, need, nullptr);
  if (role && role->arn == role_arn &&
      access::evaluate_trust({}, role->trust, {"sts:assumerole", role_arn, asker, keys}).allowed) {
    return {};
  }
  return deny(service, need, role_refusal(service, role_arn));
}

Outcome<void> Authorization::check_action(const Context& context, std::string_view action, std::string_view resource) {
  if (is_service(context.caller)) return {};
  const Need need{std::string(action), std::string(resource)};
  const Principal principal = principal_of(context.caller);
  std::optional<Denial> denial = decide(context, principal, nullptr, nullptr, need);
  const std::string_view who = principal ? principal->arn : context.caller.arn;
  if (denial) {
    Outcome<void> denied = deny(who, need, Error{"AccessDenied", std::move(denial->message), 403});
    if (!denied) return denied;
  }
  if (std::string source = source_of(context.caller); !source.empty()) uses_.add(source, who, need);
  return {};
}

void Authorization::note_use(const Context& context, std::string_view action, std::string_view resource) {
  const std::string source = source_of(context.caller);
  const Principal principal = principal_of(context.caller);
  if (source.empty() || !principal) return;
  uses_.add(source, principal->arn, {std::string(action), std::string(resource)});
}

std::optional<Authorization::Denial> Authorization::try_as_job(const job::Spec& spec, const std::string& action,
                                                               const std::string& resource) {
  std::vector<std::string_view> parts = split(spec.arn, ':');
  Context context{platform_, {}, {}, platform_.account, {}, {}};
  if (parts.size() > 3) context.region = parts[3];
  context.caller.account = platform_.account;
  context.caller.arn =
      fmt::format("arn:aws:sts::{}:assumed-role/{}/SageMaker", platform_.account, name_in(spec.role_arn));
  const Need need{action, resource, {}};
  return decide(context, principal_of(context.caller), nullptr, nullptr, need);
}

Outcome<void> Authorization::check_job(const job::Spec& spec) {
  Outcome<void> trusted = check_service_role(spec.role_arn, "sagemaker.amazonaws.com", spec.arn);
  if (!trusted) return Error{"ClientError", "ClientError: " + trusted.error().message};
  constexpr std::string_view read_action = "s3:GetObject";
  struct Use {
    std::string_view uri, what, action;
  };
  std::vector<Use> uses;
  for (const job::Input& input : spec.inputs) uses.push_back({input.uri, "Data download", read_action});
  for (const job::Output& output : spec.outputs) uses.push_back({output.uri, "Artifact upload", "s3:PutObject"});
  constexpr std::string_view scheme = "s3://";
  for (const Use& use : uses) {
    if (!use.uri.starts_with(scheme)) continue;
    const std::string_view place = use.uri.substr(scheme.size());
    const size_t slash = std::min(place.find('/'), place.size());
    const std::string bucket(place.substr(0, slash)), key(place.substr(std::min(slash + 1, place.size())));
    std::vector<Need> needs{{std::string(use.action), std::string(bucket_arn) + std::string(place)}};
    if (use.action == read_action) needs.push_back({"s3:ListBucket", std::string(bucket_arn) + bucket});
    const bool is_object = use.action == read_action && platform_.objects.version(bucket, key, {});
    for (size_t i = 0; i < needs.size(); ++i) {
      std::optional<Denial> denial = try_as_job(spec, needs[i].action, needs[i].resource);
      // A URI names one object or all below it.
      const std::string below = needs[i].resource + (place.ends_with('/') ? "" : "/");
      if (i == 0 && denial && !try_as_job(spec, needs[i].action, below + "object")) denial.reset();
      if (denial) {
        Outcome<void> denied = deny(spec.role_arn, needs[i],
                                    Error{"ClientError", fmt::format("ClientError: {} failed:AccessDenied (403): {}",
                                                                     use.what, denial->message)});
        if (!denied) return denied;
      }
      if (i == 0 && !is_object) needs[i].resource = below + "*";
      uses_.add(spec.arn, spec.role_arn, needs[i]);
    }
  }
  return {};
}

}  // namespace penstock::aws::authorization
