// Runs a text case: the interpreter with scripted answers and a clock that moves only when told.
#pragma once

#include <cstdint>
#include <string>

#include "text_case.h"

namespace penstock::pipeline {

// How the run treats the interpreter between facts; what is seen from outside must be the same for all.
enum class RunMode {
  plain,
  restored,  // thrown away and restored from its frames before every fact
  stepwise,  // the same, and stopped after every state by an event budget of 1
};

// The expected sections, as text.
struct RunResult {
  std::string diagnostics, commands, history, end;
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

RunResult run_text_case(const TextCase& text_case, RunMode mode);

// The same with answers made up from `seed`: tasks start, succeed, fail, send heartbeats or time out, in any order.
RunResult run_at_random(const std::string& definition, const std::string& input, uint64_t seed, RunMode mode);

}  // namespace penstock::pipeline
