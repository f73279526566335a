// penstock supervise JOBDIR: the process beside each running job; started by the server, not by people.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "core/job/supervisor.h"

namespace penstock::cli {

std::function<int()> configure_supervise(CLI::App& app, Session&) {
  auto folder = std::make_shared<std::string>();
  app.add_option("folder", *folder, "the job's folder")->required();
  return [folder] { return job::supervise(*folder); };
}

}  // namespace penstock::cli
