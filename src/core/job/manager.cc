#include "core/job/manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "core/job/metric.h"
#include "core/job/process_executor.h"
#include "core/job/runner.h"

namespace penstock::job {

namespace {

Error not_found() {
  return Error{"ValidationException", "Requested resource not found.", 400, {}};
}

}  // namespace

Manager::Manager(Stores stores, Settings settings, Runtimes runtimes)
    : stores_(stores),
      settings_(std::move(settings)),
      runtimes_(std::move(runtimes)),
      executor_(std::make_unique<ProcessExecutor>(settings_.supervisor)) {}

Outcome<std::unique_ptr<Manager>> Manager::open(Stores stores, Settings settings) {
  Outcome<Runtimes> runtimes = Runtimes::open(stores.disk, settings.data + "/runtimes.yaml", settings.cache);
  if (!runtimes) return runtimes.error();
  std::unique_ptr<Manager> manager(new Manager(stores, std::move(settings), *std::move(runtimes)));
  manager->recover();
  return manager;
}

Manager::~Manager() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  for (auto& [key, runner] : running_) {
    if (runner != nullptr) runner->wake();
  }
  changed_.wait(lock, [this] { return threads_ == 0; });
}

bool Manager::closing() const {
  std::lock_guard lock(mutex_);
  return closing_;
}

// Jobs that were laid out come first: they may be running, and keep their slot.
void Manager::recover() {
  std::vector<JobRecord> open;
  std::set<std::string> folders;
  for (const store::Records::Record& one : stores_.records.list(record_kind)) {
    std::string_view status = one.value.text("status");
    if (status != to_text(Status::in_progress) && status != to_text(Status::stopping)) continue;
    open.push_back(record_from_json(one.value));
    if (!open.back().folder.empty()) folders.insert(open.back().folder);
  }
  std::sort(open.begin(), open.end(), [](const JobRecord& left, const JobRecord& right) {
    return std::pair(left.folder.empty(), left.created) < std::pair(right.folder.empty(), right.created);
  });
  for (const JobRecord& record : open) waiting_.push_back(record_key(record.spec));
  // Folders of jobs that ended: their server died before it cleaned up.
  Outcome<std::vector<std::string>> names = stores_.disk.list(settings_.data + "/jobs");
  if (!names) return;
  for (const std::string& name : *names) {
    if (folders.contains(name)) continue;
    Outcome<void> removed = stores_.disk.remove_tree(settings_.data + "/jobs/" + name);
    if (!removed)
      stores_.log.write(Log::Level::warning, "cannot remove a job's folder", {{"error", removed.error().message}});
  }
}

void Manager::start(std::string endpoint) {
  {
    std::lock_guard lock(mutex_);
    endpoint_ = std::move(endpoint);
    started_ = true;
  }
  schedule();
}

Outcome<void> Manager::check(const Spec& spec) const {
  Outcome<Runtime> runtime = runtimes_.find(spec.image);
  if (!runtime) return runtime.error();
  if (!runtime->python.empty()) {
    if (Outcome<Python> python = runtimes_.python(*runtime); !python) return python.error();
  }
  if (!builtin_algorithm(*runtime).empty()) {
    if (Outcome<Kit> kit = Runtimes::kit(kit_path()); !kit) return kit.error();
  }
  Outcome<MetricFinder> metrics = MetricFinder::make(spec.metrics);
  if (!metrics) return metrics.error();
  return {};
}

Outcome<JobRecord> Manager::create(Spec spec, Json request, std::string token) {
  std::string key = record_key(spec);
  if (std::optional<JobRecord> known = load(key)) {
    if (!token.empty() && known->token == token) return *known;
  } else if (Outcome<void> checked = check(spec); !checked) {
    return checked.error();
  }
  if (Outcome<Runtime> runtime = runtimes_.find(spec.image); runtime && spec.metrics.empty())
    spec.metrics = std::move(runtime->metrics);
  JobRecord record;
  record.spec = std::move(spec);
  record.request = std::move(request);
  record.token = std::move(token);
  record.created = stores_.clock.now();
  bool training = record.spec.kind == "training";
  enter(record, "Starting", training ? "Starting the training job" : "Starting the processing job", record.created);
  if (!stores_.records.insert(record_kind, key, to_json(record))) {
    std::string arn = record.spec.arn;
    return Error{"ResourceInUse",
                 training
                     ? fmt::format("Training job names must be unique within an AWS account and region, and a training "
                                   "job with this name already exists ({})",
                                   arn)
                     : fmt::format("Job name must be unique within an AWS account and region, and a job with this name "
                                   "already exists ({})",
                                   arn),
                 400,
                 {}};
  }
  stores_.bus.publish({"aws.sagemaker", event_type(record), record.spec.arn, event_detail(record)});
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(key));
  }
  schedule();
  return record;
}

std::string Manager::kit_path() const {
  if (!settings_.kit.empty()) return settings_.kit;
  const std::string& program = settings_.supervisor.front();
  return program.substr(0, program.rfind('/') + 1) + "penstock-kit";
}

std::optional<JobRecord> Manager::load(const std::string& key) const {
  std::optional<Json> json = stores_.records.get(record_kind, key);
  if (!json) return std::nullopt;
  return record_from_json(*json);
}

std::optional<JobRecord> Manager::find(std::string_view kind, std::string_view account, std::string_view region,
                                       std::string_view name) const {
  return load(record_key(kind, account, region, name));
}

std::vector<JobRecord> Manager::list(std::string_view kind, std::string_view account, std::string_view region) const {
  std::vector<JobRecord> records;
  for (const store::Records::Record& one : stores_.records.list(record_kind, record_key(kind, account, region, ""))) {
    records.push_back(record_from_json(one.value));
  }
  return records;
}

Outcome<void> Manager::stop(std::string_view kind, std::string_view account, std::string_view region,
                            std::string_view name) {
  std::string key = record_key(kind, account, region, name);
  std::optional<JobRecord> before = load(key);
  if (!before) return not_found();
  std::string_view noun = kind == "training" ? "training" : "processing";
  if (is_final(before->status)) {
    return Error{
        "ValidationException",
        fmt::format("The request was rejected because the {} job is in status {}.", noun, to_text(before->status)),
        400,
        {}};
  }
  change(key, [&](JobRecord& record) {
    if (record.status != Status::in_progress) return false;
    record.status = Status::stopping;
    enter(record, "Stopping", fmt::format("Stopping the {} job", noun), stores_.clock.now());
    return true;
  });
  bool was_waiting = false;
  {
    std::lock_guard lock(mutex_);
    was_waiting = std::erase(waiting_, key) > 0;
    auto runner = running_.find(key);
    if (runner != running_.end() && runner->second != nullptr) runner->second->wake();
  }
  if (was_waiting) finish_waiting(key);
  return {};
}

// A job that never started has nothing to stop; one that an earlier server laid out goes through its runner.
void Manager::finish_waiting(const std::string& key) {
  std::optional<JobRecord> record = load(key);
  if (record && !record->folder.empty()) {
    {
      std::lock_guard lock(mutex_);
      waiting_.push_front(key);
    }
    return schedule();
  }
  change(key, [&](JobRecord& job) {
    finish(job, Status::stopped, "Stopped", "The job was stopped before it started", stores_.clock.now());
    return true;
  });
}

std::optional<JobRecord> Manager::change(const std::string& key, const std::function<bool(JobRecord&)>& edit) {
  std::optional<JobRecord> changed;
  bool written = stores_.records.update(record_kind, key, [&](Json& json) {
    JobRecord record = record_from_json(json);
    if (is_final(record.status) || !edit(record)) return false;
    record.modified = stores_.clock.now();
    json = to_json(record);
    changed = std::move(record);
    return true;
  });
  if (!written) return load(key);
  stores_.bus.publish({"aws.sagemaker", event_type(*changed), changed->spec.arn, event_detail(*changed)});
  return changed;
}

void Manager::schedule() {
  std::lock_guard lock(mutex_);
  while (started_ && !closing_ && !waiting_.empty() && static_cast<int>(running_.size()) < settings_.running_max) {
    std::string key = std::move(waiting_.front());
    waiting_.pop_front();
    std::optional<JobRecord> record = load(key);
    if (!record || is_final(record->status)) continue;
    int slot = record->folder.empty() || slots_.contains(record->slot) ? -1 : record->slot;
    for (int free = 0; slot < 0; ++free) {
      if (!slots_.contains(free)) slot = free;
    }
    slots_.insert(slot);
    running_[key] = nullptr;
    ++threads_;
    std::thread([this, key, slot] { run(key, slot); }).detach();
  }
}

void Manager::run(const std::string& key, int slot) {
  {
    Runner runner(*this, key, slot);
    {
      std::lock_guard lock(mutex_);
      running_[key] = &runner;
    }
    runner.run();
    std::lock_guard lock(mutex_);
    running_.erase(key);
    slots_.erase(slot);
  }
  schedule();
  // The last touch of `this`: the destructor waits for it.
  std::lock_guard lock(mutex_);
  --threads_;
  changed_.notify_all();
}

Variables Manager::platform_variables(const Spec& spec) const {
  std::string region(arn_part(spec.arn, 3));
  Variables variables = {{"AWS_REGION", region}, {"AWS_DEFAULT_REGION", region}};
  std::string endpoint;
  {
    std::lock_guard lock(mutex_);
    endpoint = endpoint_;
  }
  if (!endpoint.empty()) {
    variables.emplace_back("AWS_ENDPOINT_URL", endpoint);
    variables.emplace_back("S3_ENDPOINT_URL", endpoint);  // of the SageMaker training toolkit
  }
  if (spec.kind == "training") {
    variables.emplace_back("TRAINING_JOB_NAME", spec.name);
    variables.emplace_back("TRAINING_JOB_ARN", spec.arn);
  }
  if (settings_.credentials) {
    for (auto& variable : settings_.credentials(spec)) variables.push_back(std::move(variable));
  }
  return variables;
}

}  // namespace penstock::job
