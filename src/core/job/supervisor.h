// Supervisor: the small process beside each running job (`penstock supervise JOBDIR`). It starts the hosts, pumps their
// output into the log, holds limits and deadlines, ends them when asked to, makes the archives and writes down what
// happened. It needs no server: that may crash and come back meanwhile.
#pragma once

#include <string>

namespace penstock::job {

// Runs the job planned in `folder` to its end. The exit code of the process: 0 when a report was written, 75 when this
// job was already started (it is not started again), 74 when the folder cannot be used.
int supervise(const std::string& folder);

}  // namespace penstock::job
