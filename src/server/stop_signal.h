// StopSignal: waits for SIGTERM or SIGINT without blocking them in any thread, so that the jobs we start still get
// theirs.
#pragma once

#include <memory>

namespace penstock::server {

class StopSignal {
 public:
  // From now on both signals are remembered instead of ending the process; SIGPIPE does nothing (a write to a
  // connection that is gone fails instead), and is as usual in programs we start.
  StopSignal();
  ~StopSignal();
  // Until one of them came.
  void wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::server
