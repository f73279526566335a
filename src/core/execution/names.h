// Names and ARNs of executions.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/time.h"

namespace penstock::execution {

// "arn:aws:states:us-east-1:123456789012:stateMachine:NAME" and a kind ->
// "arn:aws:states:us-east-1:123456789012:KIND:NAME"
std::string with_kind(std::string_view machine_arn, std::string_view kind);

// 32 hexadecimal digits (or more) in the form of a UUID.
std::string dashed(const std::string& hex);

// A UUID of version 7 (RFC 9562): grows with time, which keeps the journal's index of names compact.
std::string fresh_name(Time now, Random& random);

}  // namespace penstock::execution
