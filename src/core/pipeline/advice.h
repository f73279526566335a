// Advice: what is allowed in a definition and yet is hardly what its author meant.
#pragma once

#include <vector>

#include "core/pipeline/program.h"

namespace penstock::pipeline {

// Warnings about a definition, in document order; none about what is no definition. Their codes (the words are ours):
//   NO_DOLLAR              a member of a payload template holds a path or an intrinsic call, but its name has no ".$"
//   NO_PATH                a text that has a ...Path twin holds a path
//   PASS_RESULT_IS_STATIC  a path in the Result of a Pass state, where nothing is replaced
// Source: ValidateStateMachineDefinitionDiagnostic in the Step Functions API reference.
std::vector<Diagnostic> advice(const Json& definition);

}  // namespace penstock::pipeline
