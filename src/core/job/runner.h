// Runner: one job from its queue to its end, on a thread of its own: lays it out, launches it, follows its log and its
// report, stores what it left, and says how it ended. May be cut short at any point by a crash of the server and begun
// again by the next one.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/job/log_file.h"
#include "core/job/manager.h"
#include "core/job/metric.h"
#include "core/job/plan.h"

namespace penstock::job {

class Runner {
 public:
  Runner(Manager& manager, std::string key, int slot);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  void run();
  void wake();  // from any thread: there is something to look at

 private:
  bool attach(const JobRecord& record);
  bool prepare();
  bool launch();
  void watch();
  void wait_for_news();
  void begin_phase(const Report& report);
  bool ingest();
  void keep_drift();
  void conclude();
  void fail(const std::string& reason);
  std::string failure_of(const Report& report) const;
  Outcome<void> store_outputs(bool failed);
  std::vector<FinalMetric> final_metrics() const;
  void clean_up();

  Manager& manager_;
  Stores& stores_;
  const std::string key_;
  const int slot_;
  int wake_ = -1;     // eventfd
  int changes_ = -1;  // inotify of the folder
  Spec spec_;
  std::string folder_;
  Plan plan_;
  Report report_;
  std::optional<LogReader> reader_;
  std::optional<MetricFinder> metrics_;
  std::map<int, std::string> streams_;  // log stream of each host
  bool running_seen_ = false;
};

}  // namespace penstock::job
