// A world for tests of jobs: real stores in a folder of its own, a manager, and the runtime "process" (plus whatever
// the test writes to runtimes.yaml). Jobs are real processes.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "core/job/manager.h"
#include "core/job/process_executor.h"

namespace penstock::job {

class JobWorld {
 public:
  explicit JobWorld(std::function<void(Settings&)> adjust = {}) : adjust_(std::move(adjust)), folder_(make_folder()) {
    open();
  }
  ~JobWorld() {
    close();
    static_cast<void>(disk_.remove_tree(folder_));
  }

  // As a restart of the server does it: closes all, opens all.
  void restart() {
    close();
    open();
  }

  void close() {
    manager.reset();
    artifacts.reset();
    metric_points.reset();
    log_lines.reset();
    objects.reset();
    records.reset();
    database.reset();
  }

  void open() {
    database = *store::Database::open(disk_, folder_, {});
    records = store::Records::open(*database);
    objects = *store::Objects::open(*database, disk_, clock_, random_, folder_);
    log_lines = store::LogLines::open(*database);
    metric_points = store::MetricPoints::open(*database);
    artifacts = store::Artifacts::open(*database);
    bus = std::make_unique<event::Bus>();
    bus->subscribe([this](const event::Event&) {
      std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
    Settings settings;
    settings.data = folder_;
    settings.supervisor = {SUPERVISE_PROGRAM};
    settings.stop_seconds = 2;
    if (adjust_) adjust_(settings);
    manager = *Manager::open(
        {clock_, disk_, random_, log_, *database, *records, *objects, *log_lines, *metric_points, *artifacts, *bus},
        std::move(settings));
    manager->start("http://127.0.0.1:4700");
    if (!objects->bucket("data")) {
      store::Bucket bucket;
      bucket.name = "data";
      bucket.region = "us-east-1";
      ASSERT_TRUE(objects->create_bucket(std::move(bucket)).ok());
    }
  }

  void put(const std::string& key, const std::string& bytes) {
    store::NewObject object;
    object.bucket = "data";
    object.key = key;
    object.source.bytes = bytes;
    ASSERT_TRUE(objects->put(std::move(object)).ok());
  }

  std::string get(const std::string& key) {
    Outcome<store::OpenedVersion> opened = objects->open_version("data", key, "");
    if (!opened) return "(no object " + key + ")";
    return opened->content.path.empty() ? opened->content.bytes : *disk_.read_file(opened->content.path);
  }

  std::vector<std::string> keys(const std::string& prefix) {
    store::ListQuery query;
    query.bucket = "data";
    query.prefix = prefix;
    std::vector<std::string> found;
    Outcome<store::ListPage> page = objects->list(query);
    for (const store::ObjectVersion& version : page->objects) found.push_back(version.key);
    return found;
  }

  // A processing job that runs `script` in a shell, with s3://data/out/NAME/ as its output folder
  // /opt/ml/processing/out.
  Spec shell(const std::string& name, const std::string& script) {
    Spec spec;
    spec.kind = "processing";
    spec.name = name;
    spec.arn = "arn:aws:sagemaker:us-east-1:123456789012:processing-job/" + name;
    spec.image = "penstock/process";
    spec.entrypoint = {"/bin/sh", "-c", script};
    spec.outputs.push_back({"out", "s3://data/out/" + name, "/opt/ml/processing/out", false, false, false});
    spec.instance_type = "ml.m5.large";
    spec.volume_bytes = 1LL << 30;
    spec.log_group = "/aws/sagemaker/ProcessingJobs";
    return spec;
  }

  JobRecord create(Spec spec) {
    Outcome<JobRecord> record = manager->create(std::move(spec), Json::object(), "");
    EXPECT_TRUE(record.ok()) << (record ? "" : record.error().message);
    return record ? *record : JobRecord{};
  }

  // Waits for the bus to tell of a state that `wanted` accepts.
  JobRecord wait(const Spec& spec, const std::function<bool(const JobRecord&)>& wanted) {
    std::unique_lock lock(mutex_);
    JobRecord record;
    bool seen = changed_.wait_for(lock, std::chrono::seconds(120), [&] {
      record = *manager->find(spec.kind, "123456789012", "us-east-1", spec.name);
      return wanted(record);
    });
    EXPECT_TRUE(seen) << spec.name << " is " << to_text(record.status) << " " << record.secondary_status();
    return record;
  }
  JobRecord wait_for_end(const Spec& spec) {
    return wait(spec, [](const JobRecord& record) { return is_final(record.status); });
  }
  JobRecord run(const Spec& spec) {
    create(spec);
    return wait_for_end(spec);
  }

  // All lines of the job's streams, in order of the streams' names.
  std::vector<std::string> log(const Spec& spec) {
    EXPECT_TRUE(database->wait_durable(database->last_written()).ok());
    std::vector<std::string> lines;
    for (const store::LogStream& stream : log_lines->streams(log_group_of(spec), spec.name + "/")) {
      for (const store::LogEvent& event :
           log_lines->read(log_group_of(spec), stream.name, {}, std::nullopt, false, 1'000'000)) {
        lines.push_back(event.message);
      }
    }
    return lines;
  }

  const std::string& folder() const { return folder_; }
  Disk& disk() { return disk_; }

  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Records> records;
  std::unique_ptr<store::Objects> objects;
  std::unique_ptr<store::LogLines> log_lines;
  std::unique_ptr<store::MetricPoints> metric_points;
  std::unique_ptr<store::Artifacts> artifacts;
  std::unique_ptr<event::Bus> bus;
  std::unique_ptr<Manager> manager;

 private:
  static std::string make_folder() {
    std::string path = testing::TempDir() + "penstock_job_XXXXXX";
    PENSTOCK_ASSERT(::mkdtemp(path.data()) != nullptr);
    return path;
  }

  std::function<void(Settings&)> adjust_;
  SystemClock clock_;
  SystemDisk disk_;
  SystemRandom random_;
  Log log_{clock_, Log::Level::error};
  std::string folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace penstock::job
