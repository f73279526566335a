// One condition of an event pattern's leaf: a literal or {"prefix": ...}, {"numeric": ...}, {"cidr": ...} and the like.
#pragma once

#include <functional>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::event {

using ValueTest = std::function<bool(const Json& value)>;

// {"exists": false} is not one: it is about a value that is not there. The error's message is the reason alone.
Outcome<ValueTest> condition_test(const Json& condition);

}  // namespace penstock::event
