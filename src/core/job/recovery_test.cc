// The server dies, jobs go on; the supervisor dies, the job fails with a reason; nothing runs twice.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <vector>

#include "core/job/layout.h"
#include "core/job/plan.h"
#include "core/job/testing/job_world.h"

namespace penstock::job {
namespace {

Report read_report(JobWorld& world, const Spec& spec) {
  JobRecord record = *world.manager->find(spec.kind, "123456789012", "us-east-1", spec.name);
  Outcome<std::string> text = world.disk().read_file(world.folder() + "/jobs/" + record.folder + "/status.json");
  return text ? report_from_json(*parse_json(*text)) : Report{};
}

bool is_running(const JobRecord& record) {
  return record.secondary_status() == "Processing";
}

TEST(Recovery, a_live_job_is_attached_to_again_and_loses_no_line) {
  JobWorld world;
  world.put("go/no", "x");
  Spec spec =
      world.shell("live",
                  "echo one; touch /tmp/up; while [ ! -e /opt/ml/processing/go ]; do sleep 0.02; done; echo two; "
                  "echo x > /opt/ml/processing/out/x");
  world.create(spec);
  world.wait(spec, is_running);
  std::string folder = world.manager->find("processing", "123456789012", "us-east-1", "live")->folder;
  world.restart();
  std::string go = host_path(world.folder() + "/jobs/" + folder, 0, "/opt/ml/processing/go");
  ASSERT_TRUE(world.disk().write_file_atomically(go, "").ok());
  JobRecord record = world.wait_for_end(spec);
  EXPECT_EQ(record.status, Status::completed) << record.failure_reason;
  EXPECT_EQ(world.log(spec), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(world.get("out/live/x"), "x\n");
  EXPECT_EQ(record.folder, folder);
}

TEST(Recovery, a_job_that_ended_while_no_server_ran_is_completed) {
  JobWorld world;
  Spec spec = world.shell("meanwhile", "sleep 0.3; echo x > /opt/ml/processing/out/x");
  world.create(spec);
  world.wait(spec, is_running);
  auto supervisor = static_cast<pid_t>(read_report(world, spec).supervisor);
  world.close();
  ASSERT_EQ(::waitpid(supervisor, nullptr, 0), supervisor);
  world.open();
  EXPECT_EQ(world.wait_for_end(spec).status, Status::completed);
  EXPECT_EQ(world.get("out/meanwhile/x"), "x\n");
}

TEST(Recovery, a_job_whose_supervisor_was_killed_fails_and_is_not_run_again) {
  JobWorld world;
  Spec spec = world.shell("killed", "echo begun; while :; do sleep 0.1; done");
  world.create(spec);
  world.wait(spec, is_running);
  while (world.log(spec).empty()) ::usleep(1'000);
  auto supervisor = static_cast<pid_t>(read_report(world, spec).supervisor);
  world.close();
  ASSERT_EQ(::kill(supervisor, SIGKILL), 0);
  ASSERT_EQ(::waitpid(supervisor, nullptr, 0), supervisor);
  world.open();
  JobRecord record = world.wait_for_end(spec);
  EXPECT_EQ(record.status, Status::failed);
  EXPECT_TRUE(
      record.failure_reason.starts_with("InternalServerError: We encountered an internal error. Please try again."));
  EXPECT_EQ(world.log(spec), (std::vector<std::string>{"begun"}));
}

TEST(Recovery, a_job_that_never_began_is_started) {
  JobWorld world([](Settings& settings) { settings.running_max = 1; });
  Spec first = world.shell("first", "while :; do sleep 0.1; done");
  Spec second = world.shell("second", "echo x > /opt/ml/processing/out/x");
  world.create(first);
  world.wait(first, is_running);
  world.create(second);
  world.restart();
  EXPECT_TRUE(world.manager->stop("processing", "123456789012", "us-east-1", "first").ok());
  EXPECT_EQ(world.wait_for_end(first).status, Status::stopped);
  EXPECT_EQ(world.wait_for_end(second).status, Status::completed);
}

TEST(Recovery, a_stop_asked_for_before_a_crash_still_stops) {
  JobWorld world;
  Spec spec = world.shell("stopping", "trap 'sleep 0.5; exit 0' TERM; while :; do sleep 0.1; done");
  world.create(spec);
  world.wait(spec, is_running);
  EXPECT_TRUE(world.manager->stop("processing", "123456789012", "us-east-1", "stopping").ok());
  world.restart();
  EXPECT_EQ(world.wait_for_end(spec).status, Status::stopped);
}

TEST(Recovery, a_launch_is_withdrawn_or_attached_to_but_never_doubled) {
  JobWorld world;
  ProcessExecutor executor({SUPERVISE_PROGRAM});
  std::string folder = world.folder() + "/late";
  EXPECT_TRUE(executor.withdraw(folder));  // never made
  ASSERT_TRUE(world.disk().make_folders(folder).ok());
  EXPECT_TRUE(executor.withdraw(folder));  // claimed: a supervisor that comes late turns back
  ASSERT_TRUE(executor.launch(folder).ok());
  while (executor.life(folder) != Executor::Life::gone) ::usleep(1'000);
  EXPECT_FALSE(world.disk().exists(folder + "/status.json"));
  EXPECT_FALSE(executor.withdraw(folder));
}

}  // namespace
}  // namespace penstock::job
