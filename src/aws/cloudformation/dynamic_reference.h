// Dynamic references in properties: {{resolve:ssm:NAME}} and {{resolve:ssm:NAME:VERSION}}, looked up when a resource is
// made or changed; what is kept of a resource holds the reference, not the value.
// Source: "Get values stored in other services using dynamic references", CloudFormation User Guide.
#pragma once

#include <string>
#include <vector>

#include "aws/cloudformation/resource_handler.h"

namespace penstock::aws::cloudformation {

// The value with every reference replaced. Errors: a parameter that is not there, a service that is not served.
Outcome<Json> with_references(const Calls& calls, const Json& value);

// The value of a stored parameter, for the parameter types AWS::SSM::Parameter::Value<...>. ValidationError,
// "Parameters: [X] cannot be found."
Outcome<std::string> stored_parameter(const Calls& calls, const std::string& name);

}  // namespace penstock::aws::cloudformation
