// How roles, users and policies are written as records.
#pragma once

#include <string>

#include "core/access/directory.h"

namespace penstock::access {

// A principal's name in lower case; a policy's ARN.
std::string key_of(const Principal& principal);
std::string key_of(const Policy& policy);
std::string key_of(const InstanceProfile& profile);

Json to_record(const Principal& principal);
Json to_record(const Policy& policy);
Json to_record(const InstanceProfile& profile);
InstanceProfile profile_of(const Json& record);
Principal principal_of(PrincipalKind kind, const Json& record);
Policy policy_of(const Json& record);

}  // namespace penstock::access
