// Manager: all jobs of the server: creates, starts (a bounded number at once, the others wait in order), watches, ends
// and lists them. A job outlives the server: at the next start a live one is attached to again, one that never began is
// started, and one that died fails with a reason; none runs twice.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/log.h"
#include "base/random.h"
#include "core/event/bus.h"
#include "core/job/executor.h"
#include "core/job/record.h"
#include "core/job/runtime.h"
#include "store/artifacts.h"
#include "store/database.h"
#include "store/log_lines.h"
#include "store/metric_points.h"
#include "store/objects.h"
#include "store/records.h"

namespace penstock::job {

class Runner;

// What jobs are kept in and told to.
struct Stores {
  const Clock& clock;
  Disk& disk;
  Random& random;
  Log& log;
  store::Database& database;
  store::Records& records;
  store::Objects& objects;
  store::LogLines& log_lines;
  store::MetricPoints& metric_points;
  store::Artifacts& artifacts;
  event::Bus& bus;
};

struct Settings {
  std::string data;                     // the data directory, absolute; jobs live in DATA/jobs
  std::vector<std::string> supervisor;  // {"/path/of/penstock", "supervise"}
  std::string kit;                      // path of penstock-kit; empty: beside the supervisor's program
  std::string cache;                    // of Python environments; empty: see Runtimes::open
  int running_max = 32;                 // jobs at once; further ones wait
  int64_t stop_seconds = 120;           // between SIGTERM and SIGKILL, as SageMaker has it
  int64_t log_bytes_max = 64LL << 20;   // of one job's log
  int first_user = 200'000;             // as root, job processes run as user and group first_user + slot
  bool private_roots = true;            // false: as where namespaces are forbidden
  // Variables that let a job act as its role (AWS_ACCESS_KEY_ID, ...); may be empty.
  std::function<Variables(const Spec&)> credentials;
  // May its role read what the job reads and write what it writes? The error's message is the FailureReason.
  std::function<Outcome<void>(const Spec&)> permit = {};
  // Readies an output for the encryption that the job, or the object's bucket, asks for; may be empty.
  std::function<Outcome<void>(const Spec& spec, store::NewObject& object)> encrypt = {};
};

class Manager {
 public:
  // Reads the runtimes and the jobs that were not finished. InvalidRuntimes, DiskError.
  static Outcome<std::unique_ptr<Manager>> open(Stores stores, Settings settings);
  ~Manager();  // waits for the watching threads; the jobs themselves go on

  // Begins to run what waits, also what an earlier server left. `endpoint`: where jobs reach our APIs,
  // http://host:port.
  void start(std::string endpoint);

  // Checks that a runtime runs the image, and the metrics' expressions; without it create() refuses the same.
  Outcome<void> check(const Spec& spec) const;
  // Records the job and queues it. ResourceInUse when the name is taken; the same token gives the first job again.
  Outcome<JobRecord> create(Spec spec, Json request, std::string token);
  std::optional<JobRecord> find(std::string_view kind, std::string_view account, std::string_view region,
                                std::string_view name) const;
  // All of a kind, by name.
  std::vector<JobRecord> list(std::string_view kind, std::string_view account, std::string_view region) const;
  // Asks a job to end: Stopping, then Stopped. ValidationException when it is unknown or has ended. Safe to repeat.
  Outcome<void> stop(std::string_view kind, std::string_view account, std::string_view region, std::string_view name);

  const Runtimes& runtimes() const { return runtimes_; }

 private:
  friend class Runner;
  Manager(Stores stores, Settings settings, Runtimes runtimes);
  void recover();
  void schedule();
  void run(const std::string& key, int slot);
  void finish_waiting(const std::string& key);
  // Reads, edits and writes a record in one step, then tells the bus. `edit` returns false to leave it as it is.
  std::optional<JobRecord> change(const std::string& key, const std::function<bool(JobRecord&)>& edit);
  std::optional<JobRecord> load(const std::string& key) const;
  std::string kit_path() const;
  Variables platform_variables(const Spec& spec) const;
  std::string folder_path(const JobRecord& record) const { return settings_.data + "/jobs/" + record.folder; }
  bool closing() const;

  Stores stores_;
  const Settings settings_;
  const Runtimes runtimes_;
  std::unique_ptr<Executor> executor_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string endpoint_;
  bool started_ = false;
  bool closing_ = false;
  std::deque<std::string> waiting_;         // keys, in order of creation
  std::map<std::string, Runner*> running_;  // by key; null while its thread begins
  int threads_ = 0;
  std::set<int> slots_;  // taken
};

}  // namespace penstock::job
