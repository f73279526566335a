// What a job's role must be allowed before the job starts.
#include <fmt/format.h>

#include "aws/authorization/authorization.h"
#include "aws/s3/encryption.h"
#include "base/encoding.h"

namespace penstock::aws::authorization {

namespace {

constexpr std::string_view scheme = "s3://";
constexpr std::string_view bucket_arn = "arn:aws:s3:::";
constexpr std::string_view read_action = "s3:GetObject";

struct Place {
  std::string bucket, key;  // of an object, or the prefix of some
};

Place place_of(std::string_view uri) {
  const std::string_view place = uri.substr(scheme.size());
  const size_t slash = std::min(place.find('/'), place.size());
  return {std::string(place.substr(0, slash)), std::string(place.substr(std::min(slash + 1, place.size())))};
}

Error job_error(std::string_view what, std::string_view message) {
  return {"ClientError", fmt::format("ClientError: {} failed:AccessDenied (403): {}", what, message)};
}

}  // namespace

Context context_of_job(Platform& platform, const job::Spec& spec) {
  std::vector<std::string_view> parts = split(spec.arn, ':');
  Context context{platform, {}, {}, platform.account, {}, {}};
  if (parts.size() > 3) context.region = parts[3];
  context.caller.account = platform.account;
  context.caller.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/SageMaker", platform.account,
                                   spec.role_arn.substr(spec.role_arn.rfind('/') + 1));
  return context;
}

std::optional<Authorization::Denial> Authorization::try_as_job(const job::Spec& spec, const Need& need) {
  const Context context = context_of_job(platform_, spec);
  const Principal principal = principal_of(context.caller);
  return decide({context, principal, nullptr, nullptr, need});
}

Outcome<void> Authorization::check_job_place(const job::Spec& spec, const JobPlace& use) {
  const Place place = place_of(use.uri);
  const std::string whole = fmt::format("{}{}", bucket_arn, use.uri.substr(scheme.size()));
  std::vector<Need> needs{{std::string(use.action), whole}};
  if (use.action == read_action) needs.push_back({"s3:ListBucket", std::string(bucket_arn) + place.bucket});
  const bool is_object = use.action == read_action && platform_.objects.version(place.bucket, place.key, {});
  for (size_t i = 0; i < needs.size(); ++i) {
    std::optional<Denial> denial = try_as_job(spec, needs[i]);
    // A URI names one object or all below it.
    const std::string below = needs[i].resource + (whole.ends_with('/') ? "" : "/");
    if (i == 0 && denial && !try_as_job(spec, {needs[i].action, below + "object"})) denial.reset();
    if (denial) {
      Outcome<void> denied = deny(spec.role_arn, needs[i], job_error(use.what, denial->message));
      if (!denied) return denied;
    }
    if (i == 0 && !is_object) needs[i].resource = below + "*";
    uses_.add(spec.arn, spec.role_arn, needs[i]);
  }
  return {};
}

Outcome<void> Authorization::check_input_keys(const job::Spec& spec, std::string_view uri) {
  const Place place = place_of(uri);
  const Context context = context_of_job(platform_, spec);
  store::ListQuery query;
  query.bucket = place.bucket;
  query.prefix = place.key;
  for (bool more = true; more;) {
    Outcome<store::ListPage> page = platform_.objects.list(query);
    if (!page) return {};  // what is not there is told when it is looked for
    for (const store::ObjectVersion& object : page->objects) {
      Outcome<void> allowed = s3::check_key_use(context, "kms:Decrypt", object.attributes, place.bucket, object.key);
      if (!allowed) return job_error("Data download", allowed.error().message);
      const std::string_view key = object.attributes["encryption"].text("key");
      if (!key.empty()) uses_.add(spec.arn, spec.role_arn, {"kms:Decrypt", std::string(key)});
    }
    more = page->truncated;
    query.after = page->next_after;
  }
  return {};
}

Outcome<void> Authorization::check_job(const job::Spec& spec) {
  Outcome<void> trusted = check_service_role(spec.role_arn, "sagemaker.amazonaws.com", spec.arn);
  if (!trusted) return Error{"ClientError", "ClientError: " + trusted.error().message};
  for (const job::Input& input : spec.inputs) {
    if (!input.uri.starts_with(scheme)) continue;
    if (auto allowed = check_job_place(spec, {input.uri, "Data download", read_action}); !allowed) return allowed;
    if (auto allowed = check_input_keys(spec, input.uri); !allowed) return allowed;
  }
  for (const job::Output& output : spec.outputs) {
    if (!output.uri.starts_with(scheme)) continue;
    if (auto allowed = check_job_place(spec, {output.uri, "Artifact upload", "s3:PutObject"}); !allowed) return allowed;
  }
  return {};
}

}  // namespace penstock::aws::authorization
