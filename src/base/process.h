// Process: starting another program, behind a seam.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/outcome.h"

namespace penstock {

// A child process; ended (SIGTERM, then waited for) on destruction if it still runs.
class Child {
 public:
  virtual ~Child() = default;
  // The next line of its standard output without the line end; nothing at its end. Only when it was piped.
  virtual Outcome<std::string> read_line() = 0;
  virtual void signal(int number) = 0;
  // Waits for the end: its exit status, or 128 + the signal that ended it.
  virtual int wait() = 0;
  virtual int id() const = 0;
};

class Process {
 public:
  virtual ~Process() = default;
  // Starts `arguments[0]` (found by PATH) with this process's environment. Error "ProcessError" names the program.
  virtual Outcome<std::unique_ptr<Child>> start(const std::vector<std::string>& arguments, bool pipe_output) = 0;
};

class SystemProcess final : public Process {
 public:
  Outcome<std::unique_ptr<Child>> start(const std::vector<std::string>& arguments, bool pipe_output) override;
};

}  // namespace penstock
