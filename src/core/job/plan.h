// Plan: everything the supervisor of one job needs, written once to JOBDIR/plan.json; and Report, what it writes back
// to JOBDIR/status.json. The two files are the whole interface between the server and a running job, so that either
// side may die and come back.
//
// JOBDIR holds: plan.json, status.json, log (see log_file.h), lock (held while the supervisor lives), started (made
// once: a job never runs twice), stop (made by the server to ask for an end), out/ (archives), algo-N/ (one host each).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/job/job.h"

namespace penstock::job {

// A file or folder of the machine seen inside the job at `to` (absolute inside the job), read-only unless `writable`.
struct Bind {
  std::string from;
  std::string to;
  bool writable = false;
};

// One program run by a host, in order; a step that fails ends the host with its exit code.
struct Step {
  std::vector<std::string> argv;
  std::string folder = "/";  // working directory inside the job
  // Script mode: a failure leaves /opt/ml/output/failure as the SageMaker training toolkit writes it, under this name
  // ("ExecuteUserScriptError"), and the host ends with exit code 1. Empty: the step's own exit code counts.
  std::string error_name;
};

struct HostPlan {
  std::string name;  // algo-1
  std::string root;  // folder that becomes "/" of the host, absolute
  std::vector<Bind> binds;
  std::vector<Step> steps;
  Variables environment;
};

struct Limits {
  int64_t memory_bytes = 0;   // of all processes of one host together; 0 = none
  int64_t disk_bytes = 0;     // of the private root of one host; 0 = none
  int64_t processes = 4'096;  // processes and threads of the job
  int64_t log_bytes = 64LL << 20;
  int64_t free_disk_bytes_min = 256LL << 20;  // the job is ended when the disk has less
  int64_t runtime_seconds_max = 86'400;
  int64_t stop_seconds = 120;  // between SIGTERM and SIGKILL
};

// After the hosts ended: the trees `folders` (absolute on the machine), merged in order, become the tar.gz `file`.
struct Archive {
  std::vector<std::string> folders;
  std::string file;
};

struct Plan {
  std::string name;
  bool isolated = true;      // own namespaces; else plain processes that find their folders by environment variables
  bool own_network = false;  // isolated: nothing but a loopback interface
  int64_t user = -1;         // numeric user and group of the job's processes; -1: whoever runs the supervisor
  Limits limits;
  std::vector<HostPlan> hosts;
  std::vector<Archive> archives;
  std::vector<std::string> notes;  // what the user should know; the first lines of the log
};

Json to_json(const Plan& plan);
Outcome<Plan> plan_from_json(const Json& json);

// What became of a job's processes.
struct Report {
  enum class Phase { starting, running, archiving, ended };
  // Why the hosts ended. `lost`: the supervisor died with the job (kill -9, reboot).
  enum class Cause { exited, stopped, timed_out, disk, memory, setup, lost };
  struct Host {
    std::string name;
    int exit_code = 0;  // 128 + signal when killed by one
  };
  Phase phase = Phase::starting;
  Cause cause = Cause::exited;
  std::string message;     // of setup, disk and memory: what happened
  int64_t supervisor = 0;  // process id
  int64_t started = 0;     // microseconds since 1970
  int64_t ended = 0;
  std::vector<Host> hosts;
  std::vector<std::string> last_errors;  // the last lines of standard error, oldest first
};

Json to_json(const Report& report);
Report report_from_json(const Json& json);

}  // namespace penstock::job
