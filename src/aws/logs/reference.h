// How requests name groups and streams, and what they are answered when there is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/context.h"
#include "base/outcome.h"
#include "store/log_lines.h"

namespace penstock::aws::logs {

Error no_such_group();
Error no_such_stream();
Error invalid_parameter(std::string message);
// The error for what the store answered; `result` is not done.
Error to_error(store::LogResult result, std::string_view kind);

// The group of that name in the region that the call is for.
store::LogGroupName group_here(const Context& context, std::string name);
// arn:aws:logs:REGION:ACCOUNT:log-group:NAME, without the ":*" that policies want.
std::string group_arn(const Context& context, std::string_view name);
// The group in such an ARN, with or without ":*"; nothing when it is not one.
std::optional<store::LogGroupName> group_in_arn(std::string_view arn);
// The group that a request names by name or by identifier (name or ARN): exactly one of both. It need not exist. That
// of an ARN is in the ARN's region, and not found when the call is for another.
Outcome<store::LogGroupName> group_of(const Context& context, const std::optional<std::string>& name,
                                      const std::optional<std::string>& identifier);

}  // namespace penstock::aws::logs
