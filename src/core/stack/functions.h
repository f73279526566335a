// The pure parts of the intrinsic functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::stack {

// The functions by name, as CloudFormation lists them in its errors.
bool is_function(std::string_view key);

// A value that is one function call: {"Ref": ...} or {"Fn::...": ...}. `Condition` counts only inside conditions, so it
// is not one here.
bool is_call(const Json& value);

// Fn::Sub's text in pieces: `variable` is empty for literal text. "${!Literal}" becomes the text "${Literal}".
struct SubPiece {
  std::string literal;
  std::string variable;
};
Outcome<std::vector<SubPiece>> parse_sub(std::string_view text);

// Fn::Cidr: `count` blocks with `bits` host bits each, from the start of `block` ("10.0.0.0/16", "2600:1f16::/56").
Outcome<std::vector<std::string>> cidr_blocks(std::string_view block, int64_t count, int64_t bits);

// Whether the argument of a function has the form that the function takes, as far as that can be seen before anything
// is evaluated. Errors in CloudFormation's words.
Outcome<void> check_call(std::string_view name, const Json& argument);

// A scalar as the text CloudFormation makes of it; no text for lists and objects.
bool scalar_text(const Json& value, std::string& text);

// "Template error: " and the rest.
Error template_error(std::string_view what);

}  // namespace penstock::stack
