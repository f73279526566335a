#include "core/job/runner.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "core/job/harvest.h"
#include "core/job/layout.h"

namespace penstock::job {

namespace {

namespace fs = std::filesystem;

constexpr int news_milliseconds = 1'000;  // without news a look is taken anyway
constexpr size_t log_bytes_at_once = 1 << 20;
constexpr size_t drift_record_bytes_max = 4 << 20;   // a longer one is not kept
constexpr size_t failure_characters_max = 1'024;     // of FailureReason and ExitMessage (SageMaker API)
constexpr std::string_view offset_kind = "job_log";  // how far a running job's log was read

// What SageMaker says at each step of a training job (DescribeTrainingJob, SecondaryStatusTransition.StatusMessage).
struct Words {
  std::string_view downloading = "Downloading input data";
  std::string_view running = "Training image download completed. Training in progress.";
  std::string_view uploading = "Uploading generated training model";
  std::string_view completed = "Training job completed";
  std::string_view failed = "Training job failed";
  std::string_view stopped = "Training job stopped";
  std::string_view too_long = "Training job runtime exceeded MaxRuntimeInSeconds provided";
};
constexpr Words training_words = {};
constexpr Words processing_words = {"Downloading input data",
                                    "Processing in progress",
                                    "Uploading outputs",
                                    "Processing job completed",
                                    "Processing job failed",
                                    "Processing job stopped",
                                    "Processing job runtime exceeded MaxRuntimeInSeconds provided"};

const Words& words_of(const Spec& spec) {
  return spec.kind == "training" ? training_words : processing_words;
}

std::string cut(std::string text, size_t characters) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && ++count > characters) {
      text.resize(i);
      break;
    }
  }
  return text;
}

// A job may have made folders that even their owner cannot enter.
void remove_job_folder(Disk& disk, const std::string& folder) {
  if (disk.remove_tree(folder)) return;
  std::error_code error;
  for (int round = 0; round < 64; ++round) {
    fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
      std::error_code ignored;
      if (walk->symlink_status(ignored).type() == fs::file_type::directory) {
        fs::permissions(walk->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
      }
    }
    if (disk.remove_tree(folder)) return;
  }
}

}  // namespace

Runner::Runner(Manager& manager, std::string key, int slot)
    : manager_(manager),
      stores_(manager.stores_),
      key_(std::move(key)),
      slot_(slot),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Runner::~Runner() {
  if (wake_ >= 0) ::close(wake_);
  if (changes_ >= 0) ::close(changes_);
}

void Runner::wake() {
  uint64_t one = 1;
  ssize_t written = ::write(wake_, &one, sizeof one);
  static_cast<void>(written);  // a full counter wakes as well
}

void Runner::run() {
  std::optional<JobRecord> record = manager_.load(key_);
  if (!record || is_final(record->status)) return;
  spec_ = record->spec;
  Outcome<MetricFinder> finder = MetricFinder::make(spec_.metrics);
  if (finder) metrics_ = *std::move(finder);
  if (!attach(*record) && !(prepare() && launch())) return;
  watch();
  if (report_.phase == Report::Phase::ended) conclude();
}

// Takes up a job that an earlier server launched. False when it never began, or there is none.
bool Runner::attach(const JobRecord& record) {
  if (record.folder.empty()) return false;
  folder_ = manager_.folder_path(record);
  if (manager_.executor_->withdraw(folder_)) {
    remove_job_folder(stores_.disk, folder_);
    return false;
  }
  Outcome<std::string> text = stores_.disk.read_file(folder_ + "/plan.json");
  Outcome<Json> json = text ? parse_json(*text) : Outcome<Json>(text.error());
  Outcome<Plan> plan = json ? plan_from_json(*json) : Outcome<Plan>(json.error());
  if (plan) plan_ = *std::move(plan);
  running_seen_ = record.started.has_value();
  return true;
}

bool Runner::prepare() {
  std::string name = fmt::format("{}-{}", spec_.name, stores_.random.text(8, "0123456789abcdef"));
  Outcome<void> isolation = manager_.settings_.private_roots
                                ? manager_.executor_->isolation()
                                : Outcome<void>(Error{"NoNamespaces", "switched off by the settings", 500, {}});
  std::optional<JobRecord> record = manager_.change(key_, [&](JobRecord& job) {
    job.folder = name;
    job.slot = slot_;
    if (!isolation) job.notes = {"No private root: " + isolation.error().message};
    if (job.status != Status::in_progress) return true;
    enter(job, "Downloading", words_of(spec_).downloading, stores_.clock.now());
    return true;
  });
  if (!record) return false;
  folder_ = manager_.folder_path(*record);
  if (Outcome<void> made = stores_.disk.make_folders(folder_); !made) {
    fail("InternalServerError: " + made.error().message);
    return false;
  }
  if (manager_.settings_.permit) {
    if (Outcome<void> permitted = manager_.settings_.permit(spec_); !permitted) {
      fail(permitted.error().message);
      return false;
    }
  }
  Outcome<Runtime> runtime = manager_.runtimes_.find(spec_.image);
  if (!runtime) {
    fail("ClientError: " + runtime.error().message);
    return false;
  }
  bool as_root = ::geteuid() == 0 && isolation.ok();
  LayoutRequest request{spec_,
                        *runtime,
                        folder_,
                        isolation.ok(),
                        as_root ? manager_.settings_.first_user + slot_ : -1,
                        slot_,
                        manager_.platform_variables(spec_),
                        record->notes,
                        manager_.settings_.stop_seconds,
                        manager_.settings_.log_bytes_max,
                        manager_.kit_path()};
  Outcome<LaidOut> laid_out = lay_out(stores_.disk, stores_.objects, manager_.runtimes_, request);
  if (!laid_out) {
    fail(laid_out.error().message);
    return false;
  }
  plan_ = std::move(laid_out->plan);
  std::vector<store::Artifact> artifacts;
  for (const InputUse& use : laid_out->uses) {
    artifacts.push_back({spec_.arn, store::Artifact::Direction::input, use.name, use.uri, "sha256:" + use.sha256,
                         use.bytes, stores_.clock.now()});
  }
  if (!artifacts.empty()) stores_.artifacts.add(artifacts);
  return true;
}

// What is recorded must be durable before a process runs: else a crash could forget it, and run the job again.
bool Runner::launch() {
  Outcome<void> durable = stores_.database.wait_durable(stores_.database.last_written());
  std::optional<JobRecord> record = manager_.load(key_);
  if (!record) return false;
  if (record->status == Status::stopping) manager_.executor_->stop(folder_);
  Outcome<void> launched = durable ? manager_.executor_->launch(folder_) : durable;
  if (!launched) fail("InternalServerError: " + launched.error().message);
  return launched.ok();
}

void Runner::watch() {
  changes_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (changes_ >= 0) ::inotify_add_watch(changes_, folder_.c_str(), IN_MOVED_TO | IN_MODIFY | IN_CREATE);
  std::optional<Json> offset = stores_.records.get(offset_kind, key_);
  reader_.emplace(folder_ + "/log", offset ? static_cast<uint64_t>(offset->as_integer().value_or(0)) : 0);
  for (;;) {
    Executor::Life life = manager_.executor_->life(folder_);
    // The report is read after the look at the supervisor: one that ended in between has written it.
    Outcome<std::string> text = stores_.disk.read_file(folder_ + "/status.json");
    Outcome<Json> json = text ? parse_json(*text) : Outcome<Json>(text.error());
    if (json) report_ = report_from_json(*json);
    begin_phase(report_);
    if (report_.phase == Report::Phase::ended) break;
    if (life == Executor::Life::gone) {
      report_.phase = Report::Phase::ended;
      report_.cause = Report::Cause::lost;
      break;
    }
    if (ingest()) continue;
    if (manager_.closing()) return;
    if (std::optional<JobRecord> record = manager_.load(key_); record && record->status == Status::stopping) {
      manager_.executor_->stop(folder_);
    }
    wait_for_news();
  }
  while (ingest()) {
  }
}

void Runner::wait_for_news() {
  std::array<pollfd, 2> waits = {{{wake_, POLLIN, 0}, {changes_, POLLIN, 0}}};
  if (::poll(waits.data(), waits.size(), news_milliseconds) <= 0) return;
  std::array<char, 4096> ignored;
  while (::read(wake_, ignored.data(), sizeof(uint64_t)) > 0) {
  }
  while (changes_ >= 0 && ::read(changes_, ignored.data(), ignored.size()) > 0) {
  }
}

void Runner::begin_phase(const Report& report) {
  if (running_seen_ || report.started == 0 || report.phase == Report::Phase::starting) return;
  running_seen_ = true;
  manager_.change(key_, [&](JobRecord& job) {
    job.started = Time{report.started};
    if (job.status != Status::in_progress) return true;
    enter(job, spec_.kind == "training" ? "Training" : "Processing", words_of(spec_).running, Time{report.started});
    return true;
  });
}

// Moves new lines of the log into the store. True when there may be more.
bool Runner::ingest() {
  std::vector<LogEvent> events = reader_->next(log_bytes_at_once);
  if (events.empty()) return false;
  Time now = stores_.clock.now();
  std::map<int, std::vector<store::LogLine>> lines;
  for (LogEvent& event : events) {
    if (metrics_) {
      for (const FoundMetric& metric : metrics_->find(event.text)) {
        stores_.metric_points.append(
            {spec_.log_group,
             std::string(metric.name),
             {{"Host", fmt::format("algo-{}", event.host + 1)}, {"TrainingJobName", spec_.name}}},
            {{event.time, metric.value}});
      }
    }
    lines[event.host].push_back({event.time, std::move(event.text)});
  }
  for (auto& [host, of_host] : lines) {
    std::string& stream = streams_[host];
    if (stream.empty()) {
      std::optional<JobRecord> record = manager_.load(key_);
      Time started = record && record->started ? *record->started : of_host.front().time;
      stream = fmt::format("{}/algo-{}-{}", spec_.name, host + 1, started.microseconds / 1'000'000);
    }
    stores_.log_lines.append_making(log_group_of(spec_), stream, std::move(of_host), now);
  }
  stores_.records.put(offset_kind, key_, Json(static_cast<int64_t>(reader_->offset())));
  return true;
}

Outcome<void> Runner::store_outputs(bool failed) {
  Outcome<std::vector<StoredOutput>> stored =
      harvest(stores_.objects, manager_.settings_.encrypt, spec_, plan_, failed);
  if (!stored) return stored.error();
  std::vector<store::Artifact> artifacts;
  for (const StoredOutput& output : *stored) {
    artifacts.push_back({spec_.arn, store::Artifact::Direction::output, output.name, output.uri,
                         "sha256:" + output.sha256, output.bytes, stores_.clock.now()});
  }
  if (!artifacts.empty()) stores_.artifacts.add(artifacts);
  return {};
}

// AWS's FailureReason; empty when the job did not fail.
std::string Runner::failure_of(const Report& report) const {
  switch (report.cause) {
    case Report::Cause::setup:
      return "InternalServerError: " + report.message;
    case Report::Cause::lost:
      return "InternalServerError: We encountered an internal error. Please try again. (The job ended without a "
             "report: "
             "its supervisor was killed or the machine restarted. It was not started again.)";
    case Report::Cause::memory:
      return "ClientError: Please use an instance type with more memory, or reduce the size of job data processed on "
             "an "
             "instance. (" +
             report.message + ")";
    case Report::Cause::disk:
      return "ClientError: No space left on device: " + report.message + ". Increase VolumeSizeInGB.";
    case Report::Cause::stopped:
    case Report::Cause::timed_out:
      return {};
    case Report::Cause::exited:
      break;
  }
  int code = 0;
  for (const Report::Host& host : report.hosts) {
    if (code == 0) code = host.exit_code;
  }
  if (code == 0) return {};
  if (spec_.kind != "training") return "AlgorithmError: See job logs for more information";
  std::string told = read_left_file(plan_, "/opt/ml/output/failure", failure_characters_max * 4);
  if (told.empty()) return fmt::format("AlgorithmError: Exit Code: {}", code);
  std::string reason = is_valid_utf8(told) ? told : as_utf8(told);
  // SageMaker's own algorithms say themselves whose error it is.
  Outcome<Runtime> runtime = manager_.runtimes_.find(spec_.image);
  if (runtime && !builtin_algorithm(*runtime).empty() && reason.starts_with("ClientError: ")) return reason;
  return "AlgorithmError: " + reason;
}

// What `penstock-kit drift` found in the job, kept for the view `drift` of `penstock sql`.
void Runner::keep_drift() {
  Outcome<Json> found = parse_json(read_left_file(plan_, "/opt/ml/output/drift.json", drift_record_bytes_max));
  if (!found || !(*found)["columns"].is_array()) return;
  Json record = *std::move(found);
  record.set("job", spec_.arn);
  stores_.records.put("drift", spec_.arn, std::move(record));
}

void Runner::conclude() {
  const Words& words = words_of(spec_);
  std::string failure = failure_of(report_);
  std::string exit_message;
  if (spec_.kind == "processing")
    exit_message = read_left_file(plan_, "/opt/ml/output/message", failure_characters_max);
  if (spec_.kind == "processing" && !plan_.hosts.empty()) keep_drift();
  if (failure.empty() && !is_valid_utf8(cut(exit_message, failure_characters_max))) {
    failure = "ClientError: The exit message in /opt/ml/output/message is not UTF-8";
  }
  if (failure.empty()) {
    manager_.change(key_, [&](JobRecord& job) {
      if (job.status == Status::in_progress) enter(job, "Uploading", words.uploading, stores_.clock.now());
      return job.status == Status::in_progress;
    });
  }
  if (!plan_.hosts.empty()) {
    Outcome<void> stored = store_outputs(!failure.empty());
    if (!stored && failure.empty()) failure = stored.error().message;
  }
  manager_.change(key_, [&](JobRecord& job) {
    Time now = stores_.clock.now();
    job.metrics = final_metrics();
    job.exit_message = is_valid_utf8(exit_message) ? exit_message : as_utf8(exit_message);
    if (report_.ended > 0) job.ended = Time{report_.ended};
    if (!failure.empty()) {
      job.failure_reason = cut(failure, failure_characters_max);
      job.last_errors = report_.last_errors;
      finish(job, Status::failed, "Failed", words.failed, now);
    } else if (report_.cause == Report::Cause::timed_out) {
      finish(job, Status::stopped, "MaxRuntimeExceeded", words.too_long, now);
    } else if (report_.cause == Report::Cause::stopped) {
      finish(job, Status::stopped, "Stopped", words.stopped, now);
    } else {
      finish(job, Status::completed, "Completed", words.completed, now);
    }
    return true;
  });
  clean_up();
}

// The last value of each metric, from the whole log: what an earlier server saw counts too.
std::vector<FinalMetric> Runner::final_metrics() const {
  std::vector<FinalMetric> finals;
  for (const MetricDefinition& definition : spec_.metrics) finals.push_back({definition.name, 0, Time{}});
  LogReader reader(folder_ + "/log");
  for (;;) {
    std::vector<LogEvent> events = reader.next(log_bytes_at_once);
    if (events.empty() || !metrics_ || finals.empty()) break;
    for (const LogEvent& event : events) {
      for (const FoundMetric& metric : metrics_->find(event.text)) {
        for (FinalMetric& final : finals) {
          if (final.name == metric.name) final = {final.name, metric.value, event.time};
        }
      }
    }
  }
  std::erase_if(finals, [](const FinalMetric& metric) { return metric.time == Time{}; });
  return finals;
}

void Runner::fail(const std::string& reason) {
  manager_.change(key_, [&](JobRecord& job) {
    Time now = stores_.clock.now();
    if (job.status == Status::stopping) {
      finish(job, Status::stopped, "Stopped", words_of(spec_).stopped, now);
    } else {
      job.failure_reason = cut(reason, failure_characters_max);
      finish(job, Status::failed, "Failed", words_of(spec_).failed, now);
    }
    return true;
  });
  clean_up();
}

// The folder goes once its end is durable: until then the next server may need it.
void Runner::clean_up() {
  manager_.executor_->release(folder_);
  stores_.records.erase(offset_kind, key_);
  if (!stores_.database.wait_durable(stores_.database.last_written())) return;
  remove_job_folder(stores_.disk, folder_);
}

}  // namespace penstock::job
