// Jobs that harm: each may harm itself only. While one does its worst, another job must run to its end.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/job/log_file.h"
#include "core/job/process_tree.h"
#include "core/job/testing/job_world.h"

namespace penstock::job {
namespace {

// Another job completes while `spec` runs; the end of `spec`.
JobRecord run_beside_another(JobWorld& world, const Spec& spec) {
  world.create(spec);
  world.wait(spec, [](const JobRecord& record) { return record.started.has_value() || is_final(record.status); });
  Spec other = world.shell(spec.name + "-other", "echo fine");
  EXPECT_EQ(world.run(other).status, Status::completed);
  return world.wait_for_end(spec);
}

TEST(Harm, a_fork_bomb_is_bounded) {
  JobWorld world;
  Spec spec = world.shell("forks", "f() { f & f & wait; }; f 2>/dev/null; sleep 30");
  spec.runtime_seconds_max = 2;
  JobRecord record = run_beside_another(world, spec);
  EXPECT_TRUE(is_final(record.status));
  EXPECT_NE(record.status, Status::completed);
}

TEST(Harm, a_flood_of_lines_is_bounded) {
  JobWorld world([](Settings& settings) { settings.log_bytes_max = 1 << 20; });
  Spec spec =
      world.shell("flood", "yes 'a line that is written again and again' | head -c 200000000; echo last >&2; exit 3");
  JobRecord record = run_beside_another(world, spec);
  EXPECT_EQ(record.status, Status::failed);
  ASSERT_FALSE(record.last_errors.empty());
  EXPECT_EQ(record.last_errors.back(), "last");
  std::vector<std::string> lines = world.log(spec);
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size();
  EXPECT_LT(bytes, (1U << 20) + 100'000);
  EXPECT_NE(lines.back().find("is bounded at 1048576 bytes"), std::string::npos) << lines.back();
}

TEST(Harm, bytes_that_are_no_text_and_endless_lines_are_kept_readable) {
  JobWorld world;
  Spec spec = world.shell("bytes", "printf 'a\\377b\\n'; head -c 100000 /dev/zero | tr '\\0' x");
  EXPECT_EQ(world.run(spec).status, Status::completed);
  std::vector<std::string> lines = world.log(spec);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0],
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(lines[1].size(), log_line_bytes_max);
}

TEST(Harm, a_full_volume_ends_the_job) {
  JobWorld world;
  Spec spec = world.shell("fill", "i=0; while :; do head -c 1000000 /dev/zero > /tmp/$i || exit 5; i=$((i+1)); done");
  spec.volume_bytes = 64 << 20;
  JobRecord record = run_beside_another(world, spec);
  EXPECT_EQ(record.status, Status::failed);
  EXPECT_TRUE(
      record.failure_reason.starts_with("ClientError: No space left on device: algo-1 wrote more than its volume"))
      << record.failure_reason;
}

TEST(Harm, one_file_beyond_the_volume_is_refused_to_the_writer) {
  JobWorld world;
  Spec spec = world.shell("one-file",
                          "trap '' XFSZ; head -c 200000000 /dev/zero > /tmp/x && exit 0; stat -c %s /tmp/x; exit 6");
  spec.volume_bytes = 64 << 20;
  EXPECT_EQ(world.run(spec).status, Status::failed);
}

TEST(Harm, memory_beyond_the_instance_ends_the_job) {
  JobWorld world;
  // Several processes, each below the limit; together above.
  Spec spec = world.shell(
      "eat", "for i in 1 2 3 4 5 6; do head -c 900000000 /dev/zero | tail -c 900000000 | sleep 600 & done; wait");
  spec.instance_type = "ml.t3.medium";  // 4 GiB
  JobRecord record = run_beside_another(world, spec);
  EXPECT_EQ(record.status, Status::failed);
  EXPECT_TRUE(record.failure_reason.starts_with("ClientError: Please use an instance type with more memory"))
      << record.failure_reason;
}

TEST(Harm, nothing_of_a_job_stays_behind) {
  JobWorld world;
  Spec spec = world.shell("daemon",
                          "setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 0.1; done' & mkdir -p /tmp/a/b; "
                          "chmod 000 /tmp/a/b /tmp/a; echo started");
  size_t before = descendants(::getpid()).size();
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::completed);
  world.close();
  EXPECT_TRUE(world.disk().list(world.folder() + "/jobs")->empty());
  EXPECT_EQ(descendants(::getpid()).size(), before);
}

TEST(Harm, links_in_outputs_lead_nowhere) {
  JobWorld world;
  ASSERT_TRUE(world.disk().write_file_atomically(world.folder() + "/secret", "secret").ok());
  Spec spec = world.shell("links",
                          fmt::format("rm -rf /opt/ml/processing/out /opt/ml/output; ln -s {0} /opt/ml/processing/out; "
                                      "mkdir -p /opt/ml/x; ln -s {0} /opt/ml/output; true",
                                      world.folder()));
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::completed) << record.failure_reason;
  EXPECT_TRUE(world.keys("out/links").empty());
  EXPECT_EQ(record.exit_message, "");
}

TEST(Harm, a_job_cannot_change_what_others_use) {
  JobWorld world;
  world.put("big", std::string(200'000, 'x'));
  Spec spec = world.shell("change",
                          "cd /opt/ml/processing/in; echo y > big; rm -f big; mount -o remount,rw /usr; "
                          "umount /opt/ml/processing/in/big; echo x > /etc/hosts; kill -9 -1; true");
  spec.inputs.push_back({"in", "s3://data/big", "/opt/ml/processing/in", false, false, "", "File"});
  world.run(spec);
  EXPECT_EQ(world.get("big"), std::string(200'000, 'x'));
  EXPECT_EQ(world.run(world.shell("after", "true")).status, Status::completed);
}

TEST(Harm, without_network_there_is_only_the_loopback) {
  JobWorld world;
  Spec spec = world.shell("alone", "cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '");
  spec.network_isolated = true;
  EXPECT_EQ(world.run(spec).status, Status::completed);
  EXPECT_EQ(world.log(spec), (std::vector<std::string>{"lo"}));
}

TEST(Harm, without_private_roots_jobs_still_find_their_folders_and_leave_no_process) {
  JobWorld world([](Settings& settings) { settings.private_roots = false; });
  world.put("in/value", "5");
  Spec spec = world.shell(
      "plain",
      "setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 0.1; done' & cat opt/ml/processing/in/value; "
      "cat /opt/ml/processing/in/value > /opt/ml/processing/out/value; echo; echo \"$SAGEMAKER_BASE_DIR\"; true");
  spec.inputs.push_back({"in", "s3://data/in/", "/opt/ml/processing/in", false, false, "", "File"});
  size_t before = descendants(::getpid()).size();
  JobRecord record = world.run(spec);
  EXPECT_EQ(record.status, Status::completed) << record.failure_reason;
  EXPECT_EQ(world.get("out/plain/value"), "5");
  std::vector<std::string> lines = world.log(spec);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[0].starts_with("penstock: No private root")) << lines[0];
  EXPECT_EQ(lines[1], "5");
  EXPECT_TRUE(lines[2].ends_with("/opt/ml")) << lines[2];
  ASSERT_EQ(record.notes.size(), 1U);
  EXPECT_TRUE(record.notes[0].starts_with("No private root"));
  world.close();
  EXPECT_EQ(descendants(::getpid()).size(), before);
}

}  // namespace
}  // namespace penstock::job
