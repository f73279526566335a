#include "core/pipeline/frame.h"

#include <gtest/gtest.h>

namespace penstock::pipeline {
namespace {

Frame sample() {
  Frame frame;
  frame.id = 7;
  frame.parent = 3;
  frame.index = 2;
  frame.workflow = 1;
  frame.state = 4;
  frame.phase = Phase::task;
  Json input = Json::object({{"a", Json::number("1.0")}});
  frame.input = Payload(input, "{\"a\":  1.0}");
  frame.previous = 12;
  frame.entered = 10;
  frame.entered_at = Time{1'700'000'000'000'001};
  frame.own_variables = Json::object({{"x", Json(1)}});
  frame.retries = {0, 2};
  OpenTask task;
  task.id = 11;
  task.started = true;
  task.submitted = Json::object({{"Arn", Json("a")}});
  task.token = "token";
  task.parameters = Json::object({{"p", Json(true)}});
  task.timeout_seconds = 5;
  task.timeout_due = Time{1'700'000'005'000'001};
  frame.task = task;
  return frame;
}

TEST(Frame, ComesBackFromTheStoreAsItWas) {
  std::string bytes = pack(sample());
  Outcome<Frame> back = unpack(7, bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(pack(*back), bytes);
  EXPECT_EQ(back->input.text().as_string(), "{\"a\":  1.0}");
  EXPECT_EQ(back->task->token, "token");
  EXPECT_EQ(back->retries, (std::vector<uint32_t>{0, 2}));
  EXPECT_FALSE(back->task->heartbeat_due);
}

TEST(Frame, KeepsOnlyTheResultOfAChildThatEnded) {
  Frame frame = sample();
  frame.task.reset();
  frame.phase = Phase::succeeded;
  frame.result = Json("r");
  Outcome<Frame> back = unpack(7, pack(frame));
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->input.value().is_null());
  EXPECT_EQ(back->result, Json("r"));
}

TEST(Frame, RefusesDamagedBytes) {
  std::string bytes = pack(sample());
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(unpack(7, bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(unpack(7, bytes + "x").ok());
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    static_cast<void>(unpack(7, damaged).ok());  // either way, but without harm
  }
}

}  // namespace
}  // namespace penstock::pipeline
