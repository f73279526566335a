// Watching: follows an execution to its end, a line a step, and says why it failed.
#pragma once

#include <string>

#include "cli/command.h"

namespace penstock::cli {

// Shows progress until the execution ends, then its output, or its error with the failed job's last lines. Returns the
// exit status: 0 SUCCEEDED, 1 any other end. `quiet` prints nothing but the end.
int watch_execution(Session& session, Client& client, const std::string& arn, bool quiet = false);

// The last `count` lines that a job wrote, oldest first, each with the host that wrote it when there are several.
// `job` is "training/NAME" or "processing/NAME".
Outcome<std::vector<std::string>> job_log_lines(Client& client, const std::string& job, size_t count);

}  // namespace penstock::cli
