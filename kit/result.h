// --json FILE|-: a command's whole result as one JSON text, the same for every command.
#pragma once

#include <string>

#include "base/json.h"
#include "kit/command.h"

namespace penstock::kit {

struct ResultOptions {
  std::string json;  // a file, "-" for standard output, empty for none

  // Standard output then carries the JSON alone: print no summary.
  bool quiet() const { return json == "-"; }
};

// Declares --json on the command.
void add_result_options(CLI::App& app, ResultOptions& options);

// Writes `result` where the options say; nothing when they ask for none.
Outcome<void> write_result(Session& session, const ResultOptions& options, const Json& result);

// A number as JSON has it: NaN and the infinities, which it lacks, become null.
Json number(double value);

}  // namespace penstock::kit
