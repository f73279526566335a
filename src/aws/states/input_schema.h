// Input schemas: what the input of a machine's executions must have, told by tags of the state machine, one a field:
//   penstock:input/NAME = string | number | boolean | object | array | any, and " optional" behind it when it may be
//   absent
// Tags go wherever a machine goes (CloudFormation, `penstock run`, clients), change nothing on AWS, and a machine
// without them is started as AWS starts it.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::aws::states {

// May these tags be given? ValidationException names the tag whose type is none.
Outcome<void> check_schema_tags(const Json& tags);

// Does the input (valid JSON) fit? InvalidExecutionInput names every field that is missing or of another type.
Outcome<void> check_schema(const Json& tags, std::string_view input);

}  // namespace penstock::aws::states
