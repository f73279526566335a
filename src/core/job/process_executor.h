// ProcessExecutor: jobs as processes of this machine, each under its own supervisor process (supervisor.h).
#pragma once

#include <sys/types.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/job/executor.h"

namespace penstock::job {

class ProcessExecutor final : public Executor {
 public:
  // `supervisor`: the program and first arguments that supervise the folder given as the last one.
  explicit ProcessExecutor(std::vector<std::string> supervisor) : supervisor_(std::move(supervisor)) {}
  Outcome<void> launch(const std::string& folder) override;
  bool withdraw(const std::string& folder) override;
  Life life(const std::string& folder) override;
  void stop(const std::string& folder) override;
  void release(const std::string& folder) override;
  Outcome<void> isolation() override;

 private:
  const std::vector<std::string> supervisor_;
  std::mutex mutex_;
  std::map<std::string, pid_t> children_;  // supervisors that this process launched and has not waited for
  std::optional<Outcome<void>> isolation_;
};

}  // namespace penstock::job
