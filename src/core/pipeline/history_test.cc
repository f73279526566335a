#include "core/pipeline/history.h"

#include <gtest/gtest.h>

namespace penstock::pipeline {
namespace {

std::vector<HistoryEvent> sample() {
  std::vector<HistoryEvent> events(4);
  events[0] = {1,
               0,
               EventType::execution_started,
               Time{1'700'000'000'123'456},
               {{Field::input, Json("{\"a\": 1}")}, {Field::role_arn, Json("r")}}};
  events[1] = {2,
               0,
               EventType::map_state_entered,
               Time{1'700'000'000'123'456},
               {{Field::input, Json("{\"a\": 1}")}, {Field::name, Json("M")}}};
  events[2] = {3, 2, EventType::map_state_started, Time{1'700'000'001'000'000}, {{Field::length, Json(3)}}};
  events[3] = {4,
               3,
               EventType::task_scheduled,
               Time{1'700'000'000'000'000},
               {{Field::parameters, Json("")}, {Field::task_credentials, Json::object({{"roleArn", Json("x")}})}}};
  return events;
}

TEST(History, ComesBackFromTheStoreAsItWas) {
  Outcome<std::vector<HistoryEvent>> back = decode_events(encode_events(sample()));
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back->size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    HistoryEvent before = sample()[i];
    EXPECT_EQ(to_string(to_json((*back)[i])), to_string(to_json(before)));
    EXPECT_EQ((*back)[i].time, before.time);
  }
}

TEST(History, WritesARepeatedPayloadOnce) {
  std::vector<HistoryEvent> events = sample();
  size_t both = encode_events(std::span(events).first(2)).size();
  events[1].details[0].value = Json("{\"b\": 2}");
  EXPECT_LT(both, encode_events(std::span(events).first(2)).size());
}

TEST(History, LooksAsOnAws) {
  HistoryEvent entered = sample()[1];
  EXPECT_EQ(
      to_string(to_json(entered)),
      R"({"timestamp":1700000000.123456,"type":"MapStateEntered","id":2,"previousEventId":0,"stateEnteredEventDetails":)"
      R"({"input":"{\"a\": 1}","inputDetails":{"truncated":false},"name":"M"}})");
  EXPECT_EQ(to_string(details_to_json(entered, false)), R"({"name":"M"})");
  HistoryEvent failed{1, 0, EventType::map_state_failed, Time{0}, {}};
  EXPECT_EQ(to_string(to_json(failed)), R"({"timestamp":0,"type":"MapStateFailed","id":1,"previousEventId":0})");
}

TEST(History, RefusesDamagedBytes) {
  std::string bytes = encode_events(sample());
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_events(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(decode_events(bytes + "x").ok());
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    static_cast<void>(decode_events(damaged).ok());  // either way, but without harm
  }
}

}  // namespace
}  // namespace penstock::pipeline
