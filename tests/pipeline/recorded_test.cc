// Replays recordings of AWS (../shared/conformance/asl, when it is there) that need nothing from outside: the history
// must be the same, ids and texts included. Concurrent branches, whose order AWS leaves open, are compared by the
// conformance runner.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "base/encoding.h"
#include "core/pipeline/interpreter.h"

namespace penstock::pipeline {
namespace {

constexpr const char* cases_folder = "../shared/conformance/asl/cases";
constexpr Time start_time{1'793'500'000'000'000};  // after the timestamps in the recorded inputs

// A recording replaces what changes from run to run by such texts; they match anything.
bool is_placeholder(std::string_view text, const Json& tokens) {
  if (text == "timestamp" || text == "date" || text == "\"date\"" || text.find('<') != std::string_view::npos)
    return true;
  for (const JsonMember& token : tokens.members()) {
    if (text.find(token.key) != std::string_view::npos) return true;
  }
  return false;
}

// Recordings show JSON texts as the values they are.
bool matches(const Json& expected, const Json& actual, const Json& tokens) {
  if (expected.is_string()) {
    if (is_placeholder(expected.as_string(), tokens)) return true;
    return actual.is_string() && expected.as_string() == actual.as_string();
  }
  if (actual.is_string() && (expected.is_object() || expected.is_array())) {
    Outcome<Json> parsed = parse_json(actual.as_string());
    return parsed && matches(expected, *parsed, tokens);
  }
  if (expected.kind() != actual.kind() || expected.size() != actual.size()) return false;
  if (expected.is_object()) {
    for (const JsonMember& member : expected.members()) {
      const Json* value = actual.find(member.key);
      if (!value || !matches(member.value, *value, tokens)) return false;
    }
    return true;
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!matches(expected[i], actual[i], tokens)) return false;
  }
  return expected.size() > 0 || expected == actual;
}

std::string without_placeholders(std::string text) {
  text = replace_all(std::move(text), "${role}", "role");
  for (int i = 0; i < 10; ++i)
    text = replace_all(std::move(text), "${uid:" + std::to_string(i) + "}", "u" + std::to_string(i));
  return text;
}

// One execution of the recording: what is created, what goes in, what the history was.
struct Recording {
  std::string id, definition, input;
  Json events, tokens;
};

std::optional<Recording> read_recording(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  if (text.find("JSONata") != std::string::npos) return std::nullopt;
  Outcome<Json> json = parse_json(text);
  if (!json || (*json)["needs"].size() != 1) return std::nullopt;
  const Json& steps = (*json)["steps"];
  const Json& checks = (*json)["checks"];
  bool simple = steps.size() == 4 && checks.size() == 1 &&
                steps[size_t{0}].text("call") == "stepfunctions.CreateStateMachine" &&
                steps[size_t{1}].text("call") == "stepfunctions.StartExecution" &&
                checks[size_t{0}].text("key") == "get_execution_history" && checks[size_t{0}]["prefix"].is_null();
  Recording recording;
  recording.id = (*json).text("id");
  recording.definition = without_placeholders(std::string(steps[size_t{0}]["params"].text("definition")));
  recording.input = without_placeholders(std::string(steps[size_t{1}]["params"].text("input", "{}")));
  recording.events = checks[size_t{0}]["expected"]["events"];
  recording.tokens = (*json)["tokens"];
  bool plain =
      recording.definition.find("\"Task\"") == std::string::npos && recording.input.find("${") == std::string::npos;
  for (const Json& event : recording.events.is_array() ? recording.events.items() : std::span<const Json>()) {
    plain = plain && event["id"].is_number();
  }
  // Map runs are run by the engine: tests/conformance has those.
  if (!simple || !plain || recording.definition.find("DISTRIBUTED") != std::string::npos) return std::nullopt;
  return recording;
}

// The history of one execution; its timers fire as soon as nothing else is to do.
Json run(const Recording& recording) {
  Compiled compiled = compile(recording.definition, {});
  if (!compiled.program)
    return Json(std::string_view(invalid_definition_message(compiled.diagnostics, recording.definition)));
  Identity identity;
  identity.execution_arn = "arn:aws:states:us-east-1:123456789012:execution:machine:run";
  identity.execution_name = "run";
  identity.machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:machine";
  identity.machine_name = "machine";
  identity.role_arn = "role";
  identity.input = recording.input;
  identity.started = start_time;
  Interpreter interpreter(compiled.program, identity);
  SeededRandom random(1);
  Json events = Json::array();
  std::map<TimerId, Time> timers;
  Time now = start_time;
  Step step = interpreter.start(now, random);
  for (int facts = 0; facts < 1'000; ++facts) {
    for (const HistoryEvent& event : step.events) {
      Json shown = to_json(event);
      shown.erase("timestamp");
      events.push_back(std::move(shown));
    }
    for (const Command& command : step.commands) {
      if (const SetTimer* timer = std::get_if<SetTimer>(&command)) timers[timer->timer] = timer->due;
      if (const CancelTimer* timer = std::get_if<CancelTimer>(&command)) timers.erase(timer->timer);
    }
    if (step.more) {
      step = interpreter.apply(Resume{}, now, random);
    } else if (!timers.empty() && !interpreter.finished()) {
      auto [timer, due] = *timers.begin();
      timers.erase(timer);
      now = std::max(now, due);
      step = interpreter.apply(TimerFired{timer}, now, random);
    } else {
      break;
    }
  }
  return events;
}

void compare(const Recording& recording) {
  Json events = run(recording);
  ASSERT_TRUE(events.is_array()) << recording.id << ": " << to_string(events);
  for (size_t i = 0; i < std::min(events.size(), recording.events.size()); ++i) {
    Json expected = recording.events[i];
    expected.erase("timestamp");
    ASSERT_TRUE(matches(expected, events[i], recording.tokens))
        << recording.id << "\nexpected " << to_string(expected) << "\ngot      " << to_string(events[i]);
  }
  EXPECT_EQ(events.size(), recording.events.size()) << recording.id;
}

TEST(Recorded, HistoriesAreTheSame) {
  if (!std::filesystem::exists(cases_folder)) GTEST_SKIP() << "no recordings at " << cases_folder;
  int replayed = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(cases_folder)) {
    if (entry.path().extension() != ".json") continue;
    std::optional<Recording> recording = read_recording(entry.path());
    if (!recording) continue;
    compare(*recording);
    ++replayed;
  }
  std::cout << replayed << " recorded histories replayed\n";
  EXPECT_GT(replayed, 50);
}

}  // namespace
}  // namespace penstock::pipeline
