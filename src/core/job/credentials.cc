#include "core/job/credentials.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/job/record.h"

namespace penstock::job {

namespace {

constexpr int64_t spare_seconds = 6 * 3'600;  // a job waits for its turn before it runs

}  // namespace

Variables role_credentials(access::Access& access, const Spec& spec) {
  std::string_view account = arn_part(spec.role_arn, 4);
  std::string_view role = std::string_view(spec.role_arn).substr(spec.role_arn.rfind('/') + 1);
  Outcome<access::Principal> known = access.directory().find(access::PrincipalKind::role, role);
  access::Identity identity;
  identity.account = account;
  identity.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/SageMaker", account, role);
  identity.user_id = (known ? known->id : "AROA" + std::string(role)) + ":SageMaker";
  Time end = plus_seconds(access.wall().now(), static_cast<double>(spec.runtime_seconds_max + spare_seconds));
  access::Credential session = access.make_session(identity, end);
  return {{"AWS_ACCESS_KEY_ID", session.keys.access_key},
          {"AWS_SECRET_ACCESS_KEY", session.keys.secret},
          {"AWS_SESSION_TOKEN", session.session_token}};
}

}  // namespace penstock::job
