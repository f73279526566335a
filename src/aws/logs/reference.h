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

// arn:aws:logs:REGION:ACCOUNT:log-group:NAME, without the ":*" that policies want.
std::string group_arn(const Context& context, std::string_view name);
// The group's name in such an ARN, with or without ":*"; nothing when it is not one.
std::optional<std::string> group_in_arn(std::string_view arn);
// The group that a request names by name or by identifier (name or ARN): exactly one of both. It need not exist.
Outcome<std::string> group_name(const std::optional<std::string>& name, const std::optional<std::string>& identifier);

}  // namespace penstock::aws::logs
