// The Label of a distributed Map: what it may hold, and how AWS's recorded answers word a bad one.
#pragma once

#include <string>
#include <string_view>

namespace penstock::pipeline {

inline constexpr const char* invalid_label_code = "INVALID_LABEL_NAME";

// Empty when the label is right; else what is wrong ("Label cannot exceed 40 characters"). Source: AWS developer guide,
// "Map state fields": no white space, wildcards, brackets, special or control characters.
std::string map_label_problem(std::string_view label);

// CreateStateMachine's whole message for such a label. The recorded answers show the exception text of a Python
// validator, and clients were seen with exactly that.
std::string map_label_message(std::string_view problem, std::string_view definition);

}  // namespace penstock::pipeline
