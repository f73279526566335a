#include "text_run.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <vector>

#include "core/pipeline/interpreter.h"

namespace penstock::pipeline {
namespace {

constexpr Time start_time{1'700'000'000'000'000};
constexpr int facts_max = 10'000, drive_max = 400, redrives_max = 3;
constexpr size_t lines_max = 100, lines_shown = 5, line_length_max = 600;  // of a history in a test file

std::string shortened(std::string line) {
  if (line.size() <= line_length_max) return line;
  return line.substr(0, 100) + "... (" + std::to_string(line.size()) + " characters)";
}

class Runner {
 public:
  Runner(std::shared_ptr<const Program> program, std::string input, RunMode mode)
      : program_(std::move(program)), mode_(mode), random_(7) {
    identity_.execution_arn = "arn:aws:states:us-east-1:123456789012:execution:machine:run";
    identity_.execution_name = "run";
    identity_.machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:machine";
    identity_.machine_name = "machine";
    identity_.role_arn = "role";
    identity_.input = std::move(input);
    identity_.started = start_time;
  }

  RunResult run(const std::string& script) {
    interpreter_.emplace(program_, identity_);
    go_on(interpreter_->start(now_, random_, budget()));
    bool hold = false;
    std::istringstream lines(script);
    std::string line;
    while (std::getline(lines, line)) {
      if (line == "hold")
        hold = true;
      else if (!line.empty() && line[0] != '#')
        play(line);
    }
    for (int i = 0; i < facts_max && !hold && !timers_.empty() && !interpreter_->finished(); ++i) fire_next();
    if (!interpreter_->finished()) result_.end += "RUNNING\n";
    return result();
  }

  void answer(TaskId task, Random& dice) {
    switch (dice.below(7)) {
      case 0:
        return feed(TaskStarted{task, "worker"});
      case 1:
        return feed(TaskHeartbeat{task});
      case 2:
        return feed(TaskFailed{task, "E" + std::to_string(dice.below(3)), "cause", TaskFailed::Stage::run}, task);
      case 3:
        return feed(TaskSubmitted{task, Json::object({{"submitted", Json(task)}})});
      default:
        return feed(TaskSucceeded{task, Json::object({{"n", Json(dice.below(3))}})}, task);
    }
  }

  RunResult result() {
    for (size_t i = 0; i < lines_.size(); ++i) {
      if (lines_.size() > lines_max && i == lines_shown) {
        size_t skipped = lines_.size() - 2 * lines_shown;
        result_.history += "... " + std::to_string(skipped) + " events\n";
        i += skipped;
      }
      result_.history += lines_[i];
    }
    return result_;
  }

  void end_map_run(MapRunId run, Random& dice) {
    MapRunEnded end;
    end.run = run;
    end.succeeded = dice.below(3) != 0;
    if (end.succeeded) {
      end.output = Json(std::vector<Json>{Json(dice.below(3))});
    } else {
      end.error = "E" + std::to_string(dice.below(3));
    }
    feed(end);
  }

  // Answers open tasks and map runs and fires timers as `seed` says, until the execution ends.
  RunResult drive(uint64_t seed) {
    SeededRandom dice(seed);
    interpreter_.emplace(program_, identity_);
    go_on(interpreter_->start(now_, random_, budget()));
    drive(dice);
    for (int i = 0; i < redrives_max && !remains_.empty(); ++i) {
      redrive();
      drive(dice);
    }
    return result();
  }

  void drive(Random& dice) {
    for (int i = 0; i < drive_max && !interpreter_->finished(); ++i) {
      bool timer = !timers_.empty() && (open_tasks_.empty() || dice.below(4) == 0);
      if (timer) {
        fire_next();
      } else if (!map_runs_.empty() && dice.below(2) == 0) {
        end_map_run(*map_runs_.begin(), dice);
      } else if (!open_tasks_.empty()) {
        auto task = open_tasks_.begin();
        std::advance(task, static_cast<ptrdiff_t>(dice.below(open_tasks_.size())));
        answer(task->first, dice);
      } else if (!map_runs_.empty()) {
        end_map_run(*map_runs_.begin(), dice);
      } else {
        break;
      }
    }
    if (!interpreter_->finished()) feed(Stop{"Stopped", "by the test"});
  }

  void redrive() {
    ++*identity_.redrive_count;
    identity_.redriven = now_;
    Outcome<Interpreter> reopened = Interpreter::reopen(program_, identity_, last_event_id_, remains_);
    if (!reopened) {
      result_.end += "REOPEN: " + reopened.error().message + "\n";
      return;
    }
    remains_.clear();
    interpreter_ = std::move(*reopened);
    go_on(interpreter_->redrive(now_, random_, budget()));
  }

 private:
  size_t budget() const { return mode_ == RunMode::stepwise ? 1 : 1'000; }

  // `answered`: the task that this fact ends.
  void feed(const Fact& fact, TaskId answered = 0) {
    restore();
    open_tasks_.erase(answered);
    if (const MapRunEnded* end = std::get_if<MapRunEnded>(&fact)) map_runs_.erase(end->run);
    go_on(interpreter_->apply(fact, now_, random_, budget()));
  }

  // Takes a step, and further ones while the event budget cuts them short.
  void go_on(Step step) {
    bool more = take(std::move(step));
    while (more) {
      restore();
      more = take(interpreter_->apply(Resume{}, now_, random_, budget()));
    }
  }

  void restore() {
    if (mode_ == RunMode::plain || interpreter_->finished()) return;
    std::vector<FrameChange> frames;
    for (const auto& [id, bytes] : frames_) frames.push_back({id, bytes});
    Outcome<Interpreter> restored = Interpreter::restore(program_, identity_, last_event_id_, frames);
    if (!restored) {
      result_.end += "RESTORE: " + restored.error().message + "\n";
      return;
    }
    interpreter_ = std::move(*restored);
    check_pending();
  }

  // What stands open after a restore is exactly what was asked for before it.
  void check_pending() {
    std::map<TimerId, Time> timers;
    for (const Command& command : interpreter_->pending()) {
      if (const SetTimer* timer = std::get_if<SetTimer>(&command)) timers[timer->timer] = timer->due;
      if (const ScheduleTask* task = std::get_if<ScheduleTask>(&command); task && !open_tasks_.contains(task->task)) {
        result_.end += "PENDING: task " + std::to_string(task->task) + " was not open\n";
      }
      if (const StartMapRun* run = std::get_if<StartMapRun>(&command); run && !map_runs_.contains(run->run)) {
        result_.end += "PENDING: map run " + std::to_string(run->run) + " was not open\n";
      }
    }
    if (timers != timers_) result_.end += "PENDING: the timers differ\n";
  }

  bool take(Step step) {
    // Seen as the store gives them back.
    Outcome<std::vector<HistoryEvent>> events = decode_events(encode_events(step.events));
    if (!events) result_.end += "HISTORY: " + events.error().message + "\n";
    for (const HistoryEvent& event : events ? *events : step.events) {
      lines_.push_back(shown(event));
      last_event_id_ = event.id;
    }
    for (const Command& command : step.commands) std::visit([this](const auto& what) { obey(what); }, command);
    for (FrameChange& change : step.frames) {
      if (change.bytes)
        frames_[change.frame] = std::move(*change.bytes);
      else
        frames_.erase(change.frame);
    }
    if (interpreter_->finished() && !frames_.empty()) result_.end += "FRAMES LEFT\n";
    return step.more;
  }

  std::string shown(const HistoryEvent& event) const {
    std::string line = std::to_string(event.id) + "<-" + std::to_string(event.previous_id) + " ";
    line += event_type_name(event.type);
    int64_t elapsed = (event.time.microseconds - start_time.microseconds) / 1'000;
    if (elapsed > 0) line += " +" + std::to_string(elapsed) + "ms";
    for (const Detail& detail : event.details) {
      line += "  " + std::string(field_name(detail.field)) + "=";
      line += detail.value.is_string() ? std::string(detail.value.as_string()) : to_string(detail.value);
    }
    std::replace(line.begin(), line.end(), '\n', ' ');
    return shortened(std::move(line)) + "\n";
  }

  void obey(const ScheduleTask& task) {
    open_tasks_[task.task] = true;
    result_.commands += "schedule " + std::to_string(task.task) + " " + task.state + " " + task.resource + " " +
                        to_string(task.parameters);
    if (!task.token.empty()) result_.commands += " with a token";
    if (!task.credentials.is_null()) result_.commands += " as " + to_string(task.credentials);
    result_.commands += "\n";
  }
  void obey(const CancelTask& task) {
    open_tasks_.erase(task.task);
    result_.commands += "cancel " + std::to_string(task.task) + "\n";
  }
  void obey(const StartMapRun& start) {
    map_runs_.insert(start.run);
    const MapRunPlan& plan = start.plan;
    result_.commands += "map run " + std::to_string(start.run);
    if (start.redrives > 0) result_.commands += " redriven";
    if (plan.items.is_array()) result_.commands += " items=" + to_string(plan.items);
    if (!plan.reader.is_null()) result_.commands += " reader=" + to_string(plan.reader);
    if (plan.batched()) {
      result_.commands += " batches=" + std::to_string(plan.batch_items) + "/" + std::to_string(plan.batch_bytes) +
                          " with " + to_string(plan.batch_input);
    }
    if (!plan.writer.is_null()) result_.commands += " writer=" + to_string(plan.writer);
    if (plan.concurrency != 0) result_.commands += " concurrency=" + std::to_string(plan.concurrency);
    if (plan.tolerance.count) result_.commands += " tolerated=" + std::to_string(*plan.tolerance.count);
    if (plan.express) result_.commands += " express";
    const Json items = items_of(plan.items);
    for (size_t i = 0; i < items.size(); ++i) {
      Outcome<Json> selected = select_item(*program_, plan, items[i], static_cast<int64_t>(i), plan.items.is_object(),
                                           "STATE_DATA", now_, random_);
      if (!selected || *selected != items[i])
        result_.commands +=
            "\n  item " + std::to_string(i) + " " + (selected ? to_string(*selected) : selected.error().message);
    }
    result_.commands += "\n";
  }
  void obey(const CancelMapRun& cancel) {
    map_runs_.erase(cancel.run);
    result_.commands += "cancel map run " + std::to_string(cancel.run) + "\n";
  }
  void obey(const SetTimer& timer) { timers_[timer.timer] = timer.due; }
  void obey(const CancelTimer& timer) { timers_.erase(timer.timer); }
  void obey(const Finish& finish) {
    static constexpr const char* names[] = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"};
    result_.end += names[static_cast<int>(finish.status)];
    if (finish.status == Finish::Status::succeeded) result_.end += " " + shortened(finish.output);
    if (finish.error) result_.end += "\nerror " + *finish.error;
    if (finish.cause) result_.end += "\ncause " + *finish.cause;
    result_.end += "\n";
    remains_ = finish.remains;
    if (!timers_.empty()) result_.end += "TIMERS LEFT\n";
    if (!open_tasks_.empty()) result_.end += "TASKS LEFT\n";
    if (!map_runs_.empty()) result_.end += "MAP RUNS LEFT\n";
  }

  void play(const std::string& line) {
    std::istringstream words(line);
    std::string first, action, rest;
    words >> first;
    if (first == "advance") {
      double seconds = 0;
      words >> seconds;
      return advance(plus_seconds(now_, seconds));
    }
    if (first == "redrive") return redrive();
    if (first == "stop") {
      auto [error, cause] = read_failure(words);
      return feed(Stop{error, cause});
    }
    words >> action >> std::ws;
    TaskId task = std::stoll(first);
    if (action == "map-succeeded" || action == "map-failed") return end_map_run(task, action, words);
    if (action == "failed" || action.ends_with("-failed")) {
      auto [error, cause] = read_failure(words);
      return feed(TaskFailed{task, error, cause, stage_of(action)}, task);
    }
    std::getline(words, rest);
    if (action == "started")
      feed(TaskStarted{task, rest});
    else if (action == "heartbeat")
      feed(TaskHeartbeat{task});
    else if (action == "submitted")
      feed(TaskSubmitted{task, value_of(rest)});
    else if (action == "succeeded")
      feed(TaskSucceeded{task, value_of(rest)}, task);
    else
      result_.end += "SCRIPT: " + line + "\n";
  }

  void end_map_run(MapRunId run, const std::string& action, std::istringstream& words) {
    MapRunEnded end;
    end.run = run;
    end.succeeded = action == "map-succeeded";
    std::string rest;
    if (end.succeeded) {
      std::getline(words, rest);
      end.too_large = rest == "too large";
      if (!end.too_large) end.output = value_of(rest);
    } else {
      std::tie(end.error, end.cause) = read_failure(words);
    }
    feed(end);
  }

  // "large N" stands for a text of N characters.
  Json value_of(const std::string& text) {
    if (text.rfind("large ", 0) == 0) return Json(std::string_view(std::string(std::stoul(text.substr(6)), 'x')));
    Outcome<Json> value = parse_json(text);
    if (!value) result_.end += "SCRIPT: " + value.error().message + "\n";
    return value ? *value : Json();
  }

  static std::pair<std::optional<std::string>, std::optional<std::string>> read_failure(std::istringstream& words) {
    std::string error, cause;
    words >> error >> std::ws;
    std::getline(words, cause);
    std::pair<std::optional<std::string>, std::optional<std::string>> failure;
    if (!error.empty()) failure.first = error;
    if (!cause.empty()) failure.second = cause;
    return failure;
  }

  static TaskFailed::Stage stage_of(const std::string& action) {
    if (action == "start-failed") return TaskFailed::Stage::start;
    if (action == "submit-failed") return TaskFailed::Stage::submit;
    if (action == "schedule-failed") return TaskFailed::Stage::schedule;
    return TaskFailed::Stage::run;
  }

  std::map<TimerId, Time>::iterator next_timer() {
    return std::min_element(timers_.begin(), timers_.end(), [](const auto& left, const auto& right) {
      return std::pair(left.second, left.first) < std::pair(right.second, right.first);
    });
  }

  void fire_next() {
    auto next = next_timer();
    TimerId id = next->first;
    now_ = std::max(now_, next->second);
    timers_.erase(next);
    fire(id);
  }

  void fire(TimerId id) {
    // The interpreter is restored with the timer still set, as after a crash before its firing was recorded.
    if (mode_ != RunMode::plain) {
      std::vector<FrameChange> frames;
      for (const auto& [frame, bytes] : frames_) frames.push_back({frame, bytes});
      Outcome<Interpreter> restored = Interpreter::restore(program_, identity_, last_event_id_, frames);
      if (restored) interpreter_ = std::move(*restored);
    }
    go_on(interpreter_->apply(TimerFired{id}, now_, random_, budget()));
  }

  void advance(Time until) {
    while (!timers_.empty() && next_timer()->second <= until && !interpreter_->finished()) fire_next();
    now_ = std::max(now_, until);
  }

  std::shared_ptr<const Program> program_;
  Identity identity_;
  RunMode mode_;
  SeededRandom random_;
  std::optional<Interpreter> interpreter_;
  Time now_ = start_time;
  int64_t last_event_id_ = 0;
  std::map<FrameId, std::string> frames_;
  std::string remains_;  // of the last end
  std::map<TimerId, Time> timers_;
  std::map<TaskId, bool> open_tasks_;
  std::set<MapRunId> map_runs_;
  std::vector<std::string> lines_;
  RunResult result_;
};

}  // namespace

RunResult run_text_case(const TextCase& text_case, RunMode mode) {
  CompileOptions options;
  if (text_case.section("type").rfind("EXPRESS", 0) == 0) options.type = MachineType::express;
  std::string definition = text_case.section("definition");
  Compiled compiled = compile(definition, options);
  RunResult result;
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    result.diagnostics += diagnostic.code + ": " + diagnostic.message + " at " + diagnostic.location + "\n";
  }
  if (!compiled.program) return result;
  std::string input = text_case.section("input");
  while (!input.empty() && input.back() == '\n') input.pop_back();
  return Runner(compiled.program, input.empty() ? "{}" : input, mode).run(text_case.section("script"));
}

RunResult run_at_random(const std::string& definition, const std::string& input, uint64_t seed, RunMode mode) {
  Compiled compiled = compile(definition, {});
  if (!compiled.program) return {invalid_definition_message(compiled.diagnostics, definition), {}, {}, {}};
  return Runner(compiled.program, input, mode).drive(seed);
}

}  // namespace penstock::pipeline
