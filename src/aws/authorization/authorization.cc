#include "aws/authorization/authorization.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "aws/authorization/input_values.h"
#include "aws/authorization/request_keys.h"
#include "aws/s3/public_access.h"
#include "base/encoding.h"
#include "base/log.h"
#include "core/access/access.h"
#include "core/keys/keyring.h"
#include "store/objects.h"
#include "store/records.h"

namespace penstock::aws::authorization {

namespace {

constexpr size_t allowed_max = 10'000;
constexpr size_t denials_max = 1'000;
constexpr std::string_view denial_kind = "iam.denial";  // records that `penstock access` shows
constexpr std::string_view bucket_arn = "arn:aws:s3:::";
constexpr std::string_view key_arn_prefix = "arn:aws:kms:";
constexpr std::string_view anonymous = "anonymous";  // in records of denials
constexpr std::string_view everything = R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})";
constexpr std::string_view instances = "ec2.amazonaws.com";  // may be given a role before it trusts them

bool is_root(const Caller& caller) {
  return caller.arn.ends_with(":root");
}

// A service that acts for itself and not as a role: nobody's policies are about that.
bool is_service(const Caller& caller) {
  return caller.arn.ends_with(".amazonaws.com");
}

// As the service words it, or S3 what is asked for besides a call (`operation` is null).
Error denial_error(const OperationModel* operation, std::string message) {
  const Protocol protocol = operation != nullptr ? operation->service->protocols.front() : Protocol::rest_xml;
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

// As records name who asked.
std::string_view name_of(const Caller& caller, const std::shared_ptr<const access::CompiledPrincipal>& principal) {
  if (caller.is_anonymous()) return anonymous;
  return principal ? std::string_view(principal->arn) : std::string_view(caller.arn);
}

}  // namespace

Authorization::Authorization(Platform& platform, Mode mode)
    : platform_(platform),
      mode_(mode),
      principals_(platform.access.directory()),
      uses_(platform.records, platform.access.wall()),
      resources_(platform.objects) {
  auto document = access::PolicyDocument::compile(everything, access::PolicyUse::identity);
  root_.identity.push_back({"root", std::make_shared<const access::PolicyDocument>(std::move(*document))});
}

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

ResourcePolicies::Policy Authorization::policy_of_key(const Context& context, std::string_view arn) {
  if (!arn.starts_with(key_arn_prefix) || arn.find(":key/") == std::string_view::npos) return nullptr;
  Outcome<keys::Key> key = platform_.keyring.find({context.region, context.account}, arn);
  return key ? resources_.of_key(*key) : nullptr;
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

access::Decision Authorization::evaluate(const Question& question, const Principal& target,
                                         const access::PolicyRequest& request, const access::PolicySet& set) {
  const bool root = is_root(question.context.caller);
  const std::string_view resource = question.need.resource;
  if (target) {
    return root ? access::evaluate_root(&target->trust, request) : access::evaluate_trust(set, target->trust, request);
  }
  // A key's policy must name who asks, or leave it to the account's policies, as a trust policy must: the root, too.
  if (ResourcePolicies::Policy policy = policy_of_key(question.context, resource)) {
    return access::evaluate_trust(root ? root_ : set, *policy, request);
  }
  const auto bucket = resources_.of_bucket(resource);
  const access::NamedPolicy* policy = bucket ? bucket->policy.get() : nullptr;
  return root ? access::evaluate_root(policy, request) : access::evaluate(set, policy, request);
}

bool Authorization::is_allowed_by_acl(const Question& question) {
  const auto bucket = resources_.of_bucket(question.need.resource);
  if (!bucket || !bucket->heeds_acls) return false;
  const bool is_anonymous = question.context.caller.is_anonymous();
  struct Row {
    std::string_view permission, actions;
  };
  // Source: "Mapping of ACL permissions and access policy permissions", Amazon S3 user guide.
  static constexpr Row of_bucket[] = {
      {"READ", "s3:ListBucket s3:ListBucketVersions s3:ListBucketMultipartUploads"},
      {"WRITE", "s3:PutObject s3:DeleteObject s3:AbortMultipartUpload s3:ListMultipartUploadParts"},
      {"READ_ACP", "s3:GetBucketAcl"},
      {"WRITE_ACP", "s3:PutBucketAcl"}};
  static constexpr Row of_object[] = {{"READ", "s3:GetObject s3:GetObjectVersion"},
                                      {"READ_ACP", "s3:GetObjectAcl s3:GetObjectVersionAcl"},
                                      {"WRITE_ACP", "s3:PutObjectAcl s3:PutObjectVersionAcl"}};
  auto gives = [&](std::span<const Row> rows, const Json& acl) {
    return std::ranges::any_of(rows, [&](const Row& row) {
      const std::vector<std::string_view> actions = split(row.actions, ' ');
      return std::ranges::find(actions, std::string_view(question.need.action)) != actions.end() &&
             s3::acl_allows(acl, row.permission, is_anonymous);
    });
  };
  if (gives(of_bucket, bucket->acl)) return true;
  const std::string_view place = std::string_view(question.need.resource).substr(bucket_arn.size());
  const size_t slash = place.find('/');
  if (slash == std::string_view::npos) return false;
  std::string version_id;
  if (question.operation != nullptr)
    version_id = input_text(*question.operation->input, question.input, "VersionId").value_or("");
  auto version = platform_.objects.version(place.substr(0, slash), place.substr(slash + 1), version_id);
  // Who may list the bucket is told that an object is not there (the handler asks for that).
  const std::string_view operation = question.operation != nullptr ? question.operation->name : std::string_view();
  if (!version) return (operation == "GetObject" || operation == "HeadObject") && version.error().code == "NoSuchKey";
  return gives(of_object, version->attributes["acl"]);
}

// Everyone may do what a bucket's policy or an ACL gives to everyone, but see or change the policy itself.
std::optional<Authorization::Denial> Authorization::decide_anonymous(const Question& question) {
  const Need& need = question.need;
  const auto bucket = resources_.of_bucket(need.resource);
  const bool creates = need.action == "s3:CreateBucket";
  if (!bucket && need.resource.starts_with(bucket_arn) && !creates)
    return std::nullopt;  // that it is not there is told
  if (!bucket || creates || need.action.ends_with("BucketPolicy")) return Denial{"Access Denied"};
  const access::Asker nobody{};
  const CallKeys keys(question.context, question.operation, question.input, need, nullptr);
  const std::string action = to_lower(need.action);
  const access::Decision decision = access::evaluate({}, bucket->policy.get(), {action, need.resource, nobody, keys});
  if (decision.denied_explicitly) return Denial{"Access Denied"};
  if (decision.allowed && !bucket->is_restricted) return std::nullopt;
  if (is_allowed_by_acl(question)) return std::nullopt;
  return Denial{"Access Denied"};
}

std::optional<Authorization::Denial> Authorization::decide(const Question& question) {
  const auto& [context, principal, operation, input, need] = question;
  const Caller& caller = context.caller;
  if (caller.is_anonymous()) return decide_anonymous(question);
  const bool assumes = need.action == "sts:AssumeRole";
  // Objects are too many, and buckets and keys have policies of their own.
  const bool memorable = principal && !assumes && caller.session_policies.empty() &&
                         !need.resource.starts_with(bucket_arn) && !need.resource.starts_with(key_arn_prefix);
  if (memorable && was_allowed(principal, need)) return std::nullopt;
  const std::string_view session_role = role_of_session(caller.arn);
  const access::Asker asker{caller.account,
                            caller.arn,
                            principal && !session_role.empty() ? std::string_view(principal->arn) : std::string_view(),
                            {}};
  const CallKeys keys(context, operation, input, need, principal.get());
  const std::string action = to_lower(need.action);
  access::PolicySet limited;  // only for sessions with policies of their own
  const access::PolicySet* set = principal ? &principal->policies : &limited;
  if (!caller.session_policies.empty()) {
    limited = *set;
    limited.session = principals_.compile_session(caller.session_policies);
    set = &limited;
  }
  Principal target;
  if (assumes) {
    target = principals_.find(access::PrincipalKind::role, name_in(need.resource));
    if (!target || target->arn != need.resource)
      return Denial{fmt::format("User: {} is not authorized to perform: {} on resource: {}", caller.arn, need.action,
                                need.resource)};
  }
  const access::Decision decision = evaluate(question, target, {action, need.resource, asker, keys}, *set);
  if (decision.allowed) {
    if (memorable && !keys.asked()) remember(principal, need);
    return std::nullopt;
  }
  if (!decision.denied_explicitly && is_allowed_by_acl(question)) return std::nullopt;
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
  // Those who are known are let through to see what they need; strangers are not.
  if (mode_ == Mode::log && who != anonymous) return {};
  return error;
}

Outcome<void> Authorization::settle(const Question& question) {
  const Caller& caller = question.context.caller;
  const std::string_view who = name_of(caller, question.principal);
  if (std::optional<Denial> denial = decide(question)) {
    Outcome<void> denied = deny(who, question.need, denial_error(question.operation, std::move(denial->message)));
    if (!denied) return denied;
  }
  if (std::string source = source_of(caller); !source.empty()) uses_.add(source, who, question.need);
  return {};
}

Outcome<void> Authorization::check(const Context& context, const OperationModel& operation, const void* input) {
  if (is_service(context.caller)) return {};
  // Only buckets and keys have policies that stop the root; a role that is handed over must trust the service, whoever
  // does it.
  const std::string_view service = operation.service->name;
  if (is_root(context.caller) && service != "s3" && service != "kms" && !rules_.hands_over_role(operation)) return {};
  const Principal principal = principal_of(context.caller);
  const std::vector<Need> needs = rules_.needs_of(context, operation, input);
  for (const Need& need : needs) {
    if (Outcome<void> allowed = settle({context, principal, &operation, input, need}); !allowed) return allowed;
    if (!need.passed_to.empty() && need.passed_to != instances) {
      Outcome<void> trusted = check_service_role(need.resource, need.passed_to, needs.front().resource);
      if (!trusted) return trusted;
    }
  }
  return {};
}

Outcome<void> Authorization::check(const Context& context, const Need& need) {
  if (is_service(context.caller)) return {};
  return settle({context, principal_of(context.caller), nullptr, nullptr, need});
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

bool Authorization::may_change_key_policy(const Context& context, std::string_view key_arn, std::string_view policy) {
  auto document = access::PolicyDocument::compile(policy, access::PolicyUse::resource);
  if (!document) return false;
  const Principal principal = principal_of(context.caller);
  const Need need{"kms:PutKeyPolicy", std::string(key_arn)};
  const CallKeys keys(context, nullptr, nullptr, need, principal.get());
  const bool is_session = !role_of_session(context.caller.arn).empty();
  const access::Asker asker{context.caller.account,
                            context.caller.arn,
                            principal && is_session ? std::string_view(principal->arn) : std::string_view(),
                            {}};
  const access::NamedPolicy named{"new", std::make_shared<const access::PolicyDocument>(std::move(*document))};
  // What the caller's own policies say may still be changed: they count as if they allowed all.
  return access::evaluate_trust(root_, named, {"kms:putkeypolicy", key_arn, asker, keys}).allowed;
}

void Authorization::note_use(const Context& context, const Need& need) {
  const std::string source = source_of(context.caller);
  const Principal principal = principal_of(context.caller);
  if (!source.empty() && principal) uses_.add(source, principal->arn, need);
}

}  // namespace penstock::aws::authorization
