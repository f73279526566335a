// Sandbox: starts one host of a job. Isolated, it gets its own mounts ("/" is a private, writable folder with the
// system's folders read-only in it), process ids, IPC and host name, a plain user, and limits; the first process in it
// reaps orphans, hands SIGTERM on, and takes everything with it when it ends. As root the host drops to an unprivileged
// user; as a plain user it uses an unprivileged user namespace. The network is the machine's.
//
// Why not bubblewrap: as root it keeps user 0, whom RLIMIT_NPROC does not bind (setrlimit(2)), so a fork bomb would go
// free; and it costs 60 ms a start where this costs about 5.
#pragma once

#include <sys/types.h>

#include "base/outcome.h"
#include "core/job/plan.h"

namespace penstock::job {

// Nothing when this process may make the namespaces; else why not, and what to do about it. Tries it for real.
Outcome<void> can_isolate();

// Starts the host; its standard output and error go to the two descriptors. The process to wait for and to signal.
// An error names the step of the set-up that failed.
Outcome<pid_t> start_host(const Plan& plan, const HostPlan& host, int output, int errors);

// Ends the host at once, with all its processes.
void kill_host(const Plan& plan, pid_t process);
// Asks it to end: SIGTERM to the step that runs, no further step.
void terminate_host(pid_t process);

}  // namespace penstock::job
