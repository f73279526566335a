// Real jobs: what they see, what they leave, how they end.
#include "core/job/job.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "core/job/testing/job_world.h"

namespace penstock::job {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Job, completes_with_its_outputs_logs_and_transitions) {
  JobWorld world;
  Spec spec = world.shell("good",
                          "echo hello; echo oops >&2; mkdir out; echo 1 > opt/ml/processing/out/a.txt; "
                          "mkdir -p /opt/ml/processing/out/b; echo 2 > /opt/ml/processing/out/b/c.txt; "
                          "ln -s /etc/passwd /opt/ml/processing/out/link; pwd; hostname; "
                          "echo done > /opt/ml/output/message");
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::completed) << record.failure_reason;
  EXPECT_EQ(record.exit_message, "done\n");
  EXPECT_EQ(world.keys("out/good"), (std::vector<std::string>{"out/good/a.txt", "out/good/b/c.txt"}));
  EXPECT_EQ(world.get("out/good/b/c.txt"), "2\n");
  std::vector<std::string> lines = world.log(spec);
  std::set<std::string> said(lines.begin(), lines.end());
  EXPECT_EQ(said, (std::set<std::string>{"hello", "oops", "/", "algo-1"}));
  std::vector<std::string> steps;
  for (const Transition& step : record.transitions) steps.push_back(step.status);
  EXPECT_EQ(steps, (std::vector<std::string>{"Starting", "Downloading", "Processing", "Uploading", "Completed"}));
  EXPECT_EQ(world.artifacts->of_job(spec.arn).size(), 2U);
  world.close();
  EXPECT_TRUE(world.disk().list(world.folder() + "/jobs")->empty());
}

TEST(Job, twenty_at_once_each_see_their_own_root) {
  JobWorld world;
  std::vector<Spec> specs;
  for (int i = 0; i < 20; ++i) {
    world.put(fmt::format("in/{}/value", i), fmt::format("{}", i));
    Spec spec =
        world.shell(fmt::format("job-{}", i),
                    "cat /opt/ml/processing/in/value > /model.joblib; sleep 0.2; ls /opt/ml/processing/in | wc -l; "
                    "cp /model.joblib /opt/ml/processing/out/value; ps ax | wc -l");
    spec.inputs.push_back(
        {"in", fmt::format("s3://data/in/{}/", i), "/opt/ml/processing/in", false, false, "", "File"});
    specs.push_back(spec);
  }
  for (const Spec& spec : specs) world.create(spec);
  for (int i = 0; i < 20; ++i) {
    JobRecord record = world.wait_for_end(specs[static_cast<size_t>(i)]);
    EXPECT_EQ(record.status, Status::completed) << record.failure_reason;
    EXPECT_EQ(world.get(fmt::format("out/job-{}/value", i)), fmt::format("{}", i));
    EXPECT_EQ(world.log(specs[static_cast<size_t>(i)]).front(), "1");
  }
}

TEST(Job, fails_at_once_with_the_last_lines_of_its_errors) {
  JobWorld world;
  Spec spec =
      world.shell("bad", "for i in $(seq 1 50); do echo line $i >&2; done; echo x > /opt/ml/processing/out/x; exit 7");
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::failed);
  EXPECT_EQ(record.failure_reason, "AlgorithmError: See job logs for more information");
  ASSERT_EQ(record.last_errors.size(), 20U);
  EXPECT_EQ(record.last_errors.front(), "line 31");
  EXPECT_EQ(record.last_errors.back(), "line 50");
  EXPECT_TRUE(world.keys("out/bad").empty());
  EXPECT_LT(record.modified.microseconds - record.ended->microseconds, 5'000'000);
}

TEST(Job, training_gives_the_reason_of_its_failure_file) {
  JobWorld world;
  Spec spec = world.shell("train", "printf 'it broke' > /opt/ml/output/failure; exit 2");
  spec.kind = "training";
  EXPECT_EQ(world.run(spec).failure_reason, "AlgorithmError: it broke");
  spec.name = "train-2";
  spec.arn += "-2";
  spec.entrypoint = {"/bin/sh", "-c", "kill -9 $$"};
  EXPECT_EQ(world.run(spec).failure_reason, "AlgorithmError: Exit Code: 137");
}

TEST(Job, missing_input_and_missing_bucket_are_client_errors) {
  JobWorld world;
  Spec spec = world.shell("no-input", "true");
  spec.inputs.push_back({"in", "s3://data/nothing/", "/opt/ml/processing/in", false, false, "", "File"});
  EXPECT_EQ(world.run(spec).failure_reason,
            "ClientError: Data download failed:S3 key: s3://data/nothing/ matched no files on s3");
  spec = world.shell("no-bucket", "true");
  spec.outputs.front().uri = "s3://nowhere/x";
  EXPECT_EQ(world.run(spec).failure_reason, "ClientError: Data upload failed:NoSuchBucket: s3://nowhere");
}

TEST(Job, stop_is_sigterm_then_sigkill_and_keeps_outputs) {
  JobWorld world;
  Spec polite = world.shell(
      "polite", "trap 'echo bye > /opt/ml/processing/out/bye; exit 0' TERM; echo up; while :; do sleep 0.1; done");
  Spec stubborn = world.shell("stubborn", "trap '' TERM; echo up; while :; do sleep 0.1; done");
  for (const Spec& spec : {polite, stubborn}) {
    world.create(spec);
    world.wait(spec, [](const JobRecord& record) { return record.secondary_status() == "Processing"; });
    EXPECT_TRUE(world.manager->stop(spec.kind, "123456789012", "us-east-1", spec.name).ok());
    EXPECT_TRUE(world.manager->stop(spec.kind, "123456789012", "us-east-1", spec.name).ok());
    JobRecord record = world.wait_for_end(spec);
    EXPECT_EQ(record.status, Status::stopped) << record.failure_reason;
    EXPECT_EQ(record.secondary_status(), "Stopped");
  }
  Outcome<void> again = world.manager->stop("processing", "123456789012", "us-east-1", "polite");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().message, "The request was rejected because the processing job is in status Stopped.");
  EXPECT_EQ(world.manager->stop("processing", "123456789012", "us-east-1", "none").error().message,
            "Requested resource not found.");
}

TEST(Job, runs_at_most_its_maximum_time) {
  JobWorld world;
  Spec spec = world.shell("slow", "sleep 100");
  spec.runtime_seconds_max = 1;
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::stopped);
  EXPECT_EQ(record.secondary_status(), "MaxRuntimeExceeded");
}

TEST(Job, waits_while_too_many_run_and_stops_while_it_waits) {
  JobWorld world([](Settings& settings) { settings.running_max = 1; });
  Spec first = world.shell("first", "sleep 100");
  Spec second = world.shell("second", "true");
  Spec third = world.shell("third", "true");
  world.create(first);
  world.create(second);
  world.create(third);
  EXPECT_TRUE(world.manager->stop("processing", "123456789012", "us-east-1", "second").ok());
  EXPECT_EQ(world.wait_for_end(second).status, Status::stopped);
  EXPECT_EQ(world.manager->find("processing", "123456789012", "us-east-1", "third")->secondary_status(), "Starting");
  EXPECT_TRUE(world.manager->stop("processing", "123456789012", "us-east-1", "first").ok());
  EXPECT_EQ(world.wait_for_end(first).status, Status::stopped);
  EXPECT_EQ(world.wait_for_end(third).status, Status::completed);
}

TEST(Job, names_are_used_once_and_tokens_give_the_first_answer) {
  JobWorld world;
  Spec spec = world.shell("once", "true");
  ASSERT_TRUE(world.manager->create(spec, Json::object(), "token-1").ok());
  EXPECT_TRUE(world.manager->create(spec, Json::object(), "token-1").ok());
  Outcome<JobRecord> again = world.manager->create(spec, Json::object(), "token-2");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, "ResourceInUse");
  EXPECT_EQ(world.wait_for_end(spec).status, Status::completed);
  EXPECT_EQ(world.keys("out/once").size(), 0U);
}

TEST(Job, a_gigabyte_of_input_starts_at_once_and_costs_no_disk) {
  JobWorld world;
  std::string path = world.folder() + "/sparse";
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(::ftruncate(file, 1LL << 30), 0);
  ::close(file);
  store::NewObject object;
  object.bucket = "data";
  object.key = "big/file";
  object.source.file = path;
  object.source.md5 = std::string(16, 'x');
  object.source.sha256 = std::string(64, '0');
  ASSERT_TRUE(world.objects->put(std::move(object)).ok());
  Spec spec =
      world.shell("big",
                  "stat -c '%s %b' /opt/ml/processing/in/file; (echo x >> /opt/ml/processing/in/file) 2>&1; "
                  "chmod 777 /opt/ml/processing/in/file 2>&1; touch /opt/ml/processing/in/own && echo writable");
  spec.inputs.push_back({"in", "s3://data/big", "/opt/ml/processing/in", false, false, "", "File"});
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::completed) << record.failure_reason;
  std::string log = joined(world.log(spec));
  EXPECT_NE(log.find("1073741824 0"), std::string::npos) << log;
  EXPECT_NE(log.find("Read-only file system"), std::string::npos) << log;
  EXPECT_NE(log.find("writable"), std::string::npos) << log;
  int64_t start = record.started->microseconds - record.created.microseconds;
  ::testing::Test::RecordProperty("start_microseconds", std::to_string(start));
  EXPECT_LT(start, 2'000'000);  // no copy of a gigabyte; the benchmark prints the figure
}

TEST(Job, two_hosts_share_a_sharded_input_and_resolve_each_other) {
  JobWorld world;
  for (int i = 0; i < 7; ++i) world.put(fmt::format("shards/{}", i), fmt::format("{}", i));
  Spec spec = world.shell(
      "two",
      "h=$(hostname); ls /opt/ml/processing/part > /opt/ml/processing/out/$h; "
      "ls /opt/ml/processing/all | wc -l > /opt/ml/processing/out/$h.all; "
      "getent hosts algo-1 algo-2 > /opt/ml/processing/out/$h.hosts; cat /opt/ml/config/resourceconfig.json "
      "> /opt/ml/processing/out/$h.json");
  spec.instance_count = 2;
  spec.inputs.push_back({"part", "s3://data/shards/", "/opt/ml/processing/part", true, false, "", "File"});
  spec.inputs.push_back({"all", "s3://data/shards/", "/opt/ml/processing/all", false, false, "", "File"});
  spec.files.emplace_back("/opt/ml/config/resourceconfig.json", R"({"current_host":"{host}"})");
  JobRecord record = world.run(spec);
  ASSERT_EQ(record.status, Status::completed) << record.failure_reason << joined(record.last_errors);
  std::set<std::string> all;
  size_t count = 0;
  for (const char* host : {"algo-1", "algo-2"}) {
    std::string listing = world.get(fmt::format("out/two/{}", host));
    for (std::string_view name : split(trim(listing), '\n')) {
      all.emplace(name);
      ++count;
    }
    EXPECT_EQ(world.get(fmt::format("out/two/{}.all", host)), "7\n");
    EXPECT_EQ(split(trim(world.get(fmt::format("out/two/{}.hosts", host))), '\n').size(), 2U);
    EXPECT_EQ(world.get(fmt::format("out/two/{}.json", host)), fmt::format(R"({{"current_host":"{}"}})", host));
  }
  EXPECT_EQ(count, 7U);
  EXPECT_EQ(all.size(), 7U);
  EXPECT_EQ(world.log_lines->streams(log_group_of(spec), "two/").size(), 0U);
}

TEST(Job, one_failed_host_fails_the_job) {
  JobWorld world;
  Spec spec = world.shell("one-of-two", "[ $(hostname) = algo-1 ] && sleep 100; echo no >&2; exit 4");
  spec.instance_count = 2;
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::failed);
  EXPECT_EQ(record.last_errors, (std::vector<std::string>{"algo-2: no"}));
}

TEST(Job, manifests_single_objects_and_prefixes_are_laid_out) {
  JobWorld world;
  world.put("m/manifest", R"([{"prefix":"s3://data/m/"},"a/x","y"])");
  world.put("m/a/x", "1");
  world.put("m/y", "2");
  world.put("m/z", "3");
  Spec spec = world.shell("inputs", "cd /opt/ml/processing; find manifest one part -type f | sort");
  spec.inputs.push_back({"manifest", "s3://data/m/manifest", "/opt/ml/processing/manifest", false, true, "", "File"});
  spec.inputs.push_back({"one", "s3://data/m/y", "/opt/ml/processing/one", false, false, "", "File"});
  spec.inputs.push_back({"part", "s3://data/m/a", "/opt/ml/processing/part", false, false, "", "File"});
  JobRecord record = world.run(spec);
  ASSERT_EQ(record.status, Status::completed) << record.failure_reason;
  EXPECT_EQ(joined(world.log(spec)), "manifest/a/x\nmanifest/y\none/y\npart/x\n");
  EXPECT_EQ(world.artifacts->of_job(spec.arn).size(), 4U);
}

// The container contract of the SageMaker SDK 3: channels code and sm_drivers, which it makes executable, no toolkit.
TEST(Job, drivers_of_the_sdk_3_find_what_they_need) {
  JobWorld world;
  world.put("code/train.py", "");
  world.put(
      "drivers/sm_train.sh",
      "set -e; touch /opt/ml/input/sm_training.env; cd /opt/ml/input/data/code; test -e train.py; echo new > train.py; "
      "getent hosts algo-1 > /dev/null; echo $TRAINING_JOB_NAME; echo done > /opt/ml/model/x");
  Spec spec = world.shell("v3",
                          "chmod +x /opt/ml/input/data/sm_drivers/sm_train.sh && /bin/bash "
                          "/opt/ml/input/data/sm_drivers/sm_train.sh");
  spec.kind = "training";
  spec.inputs.push_back({"code", "s3://data/code/", "/opt/ml/input/data/code", false, false, "", "File"});
  spec.inputs.push_back(
      {"sm_drivers", "s3://data/drivers/", "/opt/ml/input/data/sm_drivers", false, false, "", "File"});
  spec.outputs = {{"model", "s3://data/v3/output/model.tar.gz", "/opt/ml/model", true, false, false},
                  {"output", "s3://data/v3/output/output.tar.gz", "/opt/ml/output/data", true, true, true}};
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::completed) << record.failure_reason << joined(record.last_errors);
  EXPECT_EQ(joined(world.log(spec)), "v3\n");
  EXPECT_EQ(world.keys("v3/"), (std::vector<std::string>{"v3/output/model.tar.gz"}));
  EXPECT_EQ(world.get("code/train.py"), "");
}

TEST(Job, checkpoints_come_and_go) {
  JobWorld world;
  world.put("checkpoints/big", std::string(100'000, 'x'));
  Spec spec = world.shell("checkpoints", "cd /opt/ml/checkpoints; wc -c < big; echo 1 >> big; echo new > new; exit 1");
  spec.inputs.push_back(
      {"checkpoints", "s3://data/checkpoints/", "/opt/ml/checkpoints", false, false, "", "File", true, true});
  spec.outputs = {{"checkpoints", "s3://data/checkpoints", "/opt/ml/checkpoints", false, true, false}};
  EXPECT_EQ(world.run(spec).status, Status::failed);
  EXPECT_EQ(joined(world.log(spec)), "100000\n");
  EXPECT_EQ(world.get("checkpoints/big"), std::string(100'000, 'x') + "1\n");
  EXPECT_EQ(world.get("checkpoints/new"), "new\n");
}

TEST(Job, metrics_come_from_the_log) {
  JobWorld world;
  Spec spec = world.shell("metric", "echo 'auc=0.5;'; echo 'auc=0.75;'; echo 'loss 1e-3' >&2");
  spec.kind = "training";
  spec.metrics = {{"auc", "auc=([0-9.]+);"}, {"loss", "loss (\\S+)"}, {"never", "never=(.*)"}};
  JobRecord record = world.run(spec);
  ASSERT_EQ(record.metrics.size(), 2U);
  EXPECT_EQ(record.metrics[0].name, "auc");
  EXPECT_DOUBLE_EQ(record.metrics[0].value, 0.75);
  EXPECT_DOUBLE_EQ(record.metrics[1].value, 0.001);
  EXPECT_EQ(world.metric_points->series("/aws/sagemaker/ProcessingJobs", "auc").size(), 1U);
  spec.metrics = {{"bad", "("}};
  spec.name = "metric-2";
  EXPECT_FALSE(world.manager->check(spec).ok());
}

TEST(Job, an_unknown_image_is_refused_with_the_lines_to_add) {
  JobWorld world;
  Spec spec = world.shell("unknown", "true");
  spec.image = "example.com/mine:1";
  Outcome<JobRecord> record = world.manager->create(spec, Json::object(), "");
  ASSERT_FALSE(record.ok());
  size_t lines = record.error().message.find("runtimes:\n");
  ASSERT_NE(lines, std::string::npos);
  // What the message says to add, works.
  ASSERT_TRUE(
      world.disk().write_file_atomically(world.folder() + "/runtimes.yaml", record.error().message.substr(lines)).ok());
  world.restart();
  EXPECT_TRUE(world.manager->runtimes().find("example.com/mine:1").ok());
}

}  // namespace
}  // namespace penstock::job
