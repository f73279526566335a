// Parameters: what a client gave, what the stack had, what the template says; checked and completed.
#pragma once

#include <string>
#include <vector>

#include "base/outcome.h"
#include "core/stack/template.h"

namespace penstock::stack {

struct GivenParameter {
  std::string key;
  std::string value;
  bool use_previous = false;  // the value that the stack has
};

// Whether there is such a type of parameters. Errors: ValidationError, "Unrecognized parameter type: X".
Outcome<void> check_type(const std::string& key, std::string_view type);

// Whether the parameter may have that value. Errors: ValidationError, "Parameter 'X' must be one of AllowedValues",
// ...; or the declaration's ConstraintDescription, "Parameter X failed to satisfy constraint: ...".
Outcome<void> check_parameter_value(const std::string& key, const Json& declaration, const std::string& value);

// The value of every parameter. Errors: ValidationError, "Parameters: [A, B] must have values", "Parameters: [X] do not
// exist in the template", and those of check_parameter_value.
Outcome<ParameterValues> resolve_parameters(const Template& from, const std::vector<GivenParameter>& given,
                                            const ParameterValues& previous);

// A parameter's value as Ref gives it: text, or the list of a list type.
Json parameter_value(const Json& declaration, const std::string& text);

// Whether a parameter's value names an entry of the Parameter Store, whose value Ref gives.
bool is_stored(const Json& declaration);

bool is_no_echo(const Json& declaration);

}  // namespace penstock::stack
