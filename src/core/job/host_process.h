// HostProcess: the first process of a host (process 1 of an isolated one): takes on the job's user and limits, runs the
// steps in order, reaps orphans and hands SIGTERM to the running step.
#pragma once

#include <string>

#include "core/job/plan.h"

namespace penstock::job {

class HostProcess {
 public:
  HostProcess(const Plan& plan, const HostPlan& host) : plan_(plan), host_(host) {}
  // Standard streams, limits, user. Empty, or what failed.
  std::string take_on_limits(int output, int errors);
  // The host's exit code.
  int run();

 private:
  int run_step(const Step& step);
  int fail_script(const Step& step, int status) const;
  std::string output_folder() const;
  [[noreturn]] void execute(const Step& step);

  const Plan& plan_;
  const HostPlan& host_;
};

}  // namespace penstock::job
