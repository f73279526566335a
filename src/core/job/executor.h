// Executor: where a job runs. The process executor runs it on this machine; others (a container engine, Slurm) follow
// the same folder contract (plan.h), so that the manager watches all alike.
#pragma once

#include <string>

#include "base/outcome.h"
#include "core/job/plan.h"

namespace penstock::job {

class Executor {
 public:
  enum class Life {
    waiting,  // launched, not begun
    alive,
    gone,  // no supervisor holds the job any more (it may have ended well: see the report)
  };
  virtual ~Executor() = default;
  // Starts the job planned in `folder`. It then goes on without us.
  virtual Outcome<void> launch(const std::string& folder) = 0;
  // Makes sure that a launch that may still be on its way comes to nothing. False when the job has begun: attach to it.
  virtual bool withdraw(const std::string& folder) = 0;
  virtual Life life(const std::string& folder) = 0;
  // Asks for the end: SIGTERM, later SIGKILL. Safe to repeat.
  virtual void stop(const std::string& folder) = 0;
  // Lets go of a job that has ended: waits for the last of its processes.
  virtual void release(const std::string& folder) = 0;
  // Whether jobs get a private root here; the text says why not.
  virtual Outcome<void> isolation() = 0;
};

}  // namespace penstock::job
