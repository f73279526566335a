#include "cli/execution_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace penstock::cli {

namespace {

// Every page of a listing, up to `count` items.
Outcome<std::vector<Json>> pages(Client& client, std::string_view operation, Json parameters, std::string_view member,
                                 size_t count) {
  std::vector<Json> items;
  while (true) {
    auto page = client.call("states", operation, parameters);
    if (!page) return page.error();
    const Json& found = (*page)[member];
    for (size_t index = 0; index < found.size() && items.size() < count; ++index) items.push_back(found[index]);
    const Json& token = (*page)["nextToken"];
    if (token.is_null() || items.size() >= count) return items;
    parameters.set("nextToken", token);
  }
}

Outcome<std::vector<std::string>> machine_arns(Client& client, const std::string& wanted) {
  if (wanted.starts_with("arn:")) return std::vector<std::string>{wanted};
  auto machines = pages(client, "ListStateMachines", Json::object(), "stateMachines", SIZE_MAX);
  if (!machines) return machines.error();
  std::vector<std::string> arns;
  std::vector<std::string_view> names;
  for (const Json& machine : *machines) {
    names.push_back(machine.text("name"));
    if (machine.text("type") == "EXPRESS" || (!wanted.empty() && machine.text("name") != wanted)) continue;
    arns.emplace_back(machine.text("stateMachineArn"));
  }
  if (arns.empty() && !wanted.empty()) {
    const auto nearest = nearest_word(wanted, names);
    return Error{"StateMachineDoesNotExist",
                 nearest.empty() ? fmt::format("no pipeline named '{}'", wanted)
                                 : fmt::format("no pipeline named '{}': did you mean '{}'?", wanted, nearest)};
  }
  return arns;
}

// Follows a history and keeps the visits; which visit an event belongs to is told by its previousEventId.
class StepReader {
 public:
  void take(const Json& event) {
    const std::string_view type = event.text("type");
    const int64_t id = event["id"].as_integer().value_or(0);
    const int64_t previous = event["previousEventId"].as_integer().value_or(0);
    const double time = event["timestamp"].is_number() ? event["timestamp"].as_double() : 0;
    if (type.ends_with("StateEntered")) {
      steps_.push_back(
          {std::string(event["stateEnteredEventDetails"].text("name")), StepView::Status::running, time, 0, 0, "", ""});
      visit_of_[id] = steps_.size() - 1;
      return;
    }
    const auto known = visit_of_.find(previous);
    if (type.ends_with("StateExited")) return leave(event["stateExitedEventDetails"].text("name"), time);
    if (type.starts_with("Execution")) return finish(type, event, time);
    if (known == visit_of_.end()) return;
    visit_of_[id] = known->second;
    note(steps_[known->second], type, event);
  }

  std::vector<StepView> steps() && { return std::move(steps_); }

 private:
  void leave(std::string_view name, double time) {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      if (step->name != name || step->status != StepView::Status::running) continue;
      step->status = step->error.empty() ? StepView::Status::succeeded : StepView::Status::failed;
      step->left = time;
      return;
    }
  }

  void finish(std::string_view type, const Json& event, double time) {
    if (type == "ExecutionStarted") return;
    if (type == "ExecutionRedriven") return redrive(time);
    unfinished_.clear();
    for (size_t number = 0; number < steps_.size(); ++number) {
      StepView& step = steps_[number];
      if (step.status != StepView::Status::running) continue;
      unfinished_.push_back(number);
      step.status = type == "ExecutionFailed" ? StepView::Status::failed : StepView::Status::aborted;
      step.left = time;
      if (step.error.empty()) step.error = std::string(event["executionFailedEventDetails"].text("error"));
    }
  }

  // What the end of the execution cut off goes on; it is not entered again.
  void redrive(double time) {
    for (size_t number : unfinished_) {
      StepView& step = steps_[number];
      step.status = StepView::Status::running;
      step.entered = time;
      step.left = 0;
      step.error.clear();
    }
  }

  static void note(StepView& step, std::string_view type, const Json& event) {
    if (type.ends_with("Scheduled")) {
      ++step.attempts;
      step.error.clear();
      const auto parameters = parse_json(event["taskScheduledEventDetails"].text("parameters"));
      if (!parameters) return;
      for (const auto& [member, kind] :
           {std::pair{"TrainingJobName", "training/"}, {"ProcessingJobName", "processing/"}}) {
        if (const auto name = parameters->text(member); !name.empty()) step.job = std::string(kind).append(name);
      }
      return;
    }
    for (const char* details :
         {"taskFailedEventDetails", "taskTimedOutEventDetails", "activityFailedEventDetails",
          "activityTimedOutEventDetails", "taskSubmitFailedEventDetails", "taskStartFailedEventDetails"}) {
      if (const auto error = event[details].text("error"); !error.empty()) step.error = std::string(error);
    }
  }

  std::vector<StepView> steps_;
  std::map<int64_t, size_t> visit_of_;
  std::vector<size_t> unfinished_;  // steps that the execution's last end cut off
};

}  // namespace

Outcome<std::vector<Json>> list_executions(Client& client, const std::string& machine, const std::string& status,
                                           size_t count) {
  auto machines = machine_arns(client, machine);
  if (!machines) return machines.error();
  std::vector<Json> executions;
  for (const std::string& arn : *machines) {
    Json parameters = Json::object({{"stateMachineArn", arn}, {"maxResults", std::min<size_t>(count, 1000)}});
    if (!status.empty()) parameters.set("statusFilter", status);
    auto found = pages(client, "ListExecutions", std::move(parameters), "executions", count);
    if (!found) return found.error();
    executions.insert(executions.end(), found->begin(), found->end());
  }
  std::ranges::stable_sort(executions, std::greater{},
                           [](const Json& execution) { return execution["startDate"].as_double(); });
  if (executions.size() > count) executions.resize(count);
  return executions;
}

Outcome<std::string> find_execution(Client& client, const std::string& reference) {
  if (reference.starts_with("arn:")) return reference;
  auto executions = list_executions(client, "", "", reference == "@latest" ? 1 : 10'000);
  if (!executions) return executions.error();
  if (executions->empty())
    return Error{"ExecutionDoesNotExist", "nothing has run yet: start one with penstock run PIPELINE"};
  if (reference == "@latest") return std::string(executions->front().text("executionArn"));
  std::vector<std::string_view> names;
  for (const Json& execution : *executions) {
    if (execution.text("name") == reference) return std::string(execution.text("executionArn"));
    names.push_back(execution.text("name"));
  }
  const auto nearest = nearest_word(reference, names);
  return Error{"ExecutionDoesNotExist",
               fmt::format("no execution named '{}'{}", reference,
                           nearest.empty() ? ": see penstock list" : fmt::format(": did you mean '{}'?", nearest))};
}

Outcome<std::vector<Json>> read_history(Client& client, const std::string& arn) {
  return pages(client, "GetExecutionHistory", Json::object({{"executionArn", arn}, {"maxResults", 1000}}), "events",
               SIZE_MAX);
}

std::vector<StepView> steps_of(const std::vector<Json>& events) {
  StepReader reader;
  for (const Json& event : events) reader.take(event);
  return std::move(reader).steps();
}

Outcome<Json> select_fields(const Json& value, std::string_view fields) {
  if (fields.empty()) return value;
  Json selected = Json::object();
  for (const auto field : split(fields, ',')) {
    const std::string_view name = trim(field);
    const Json* found = value.find(name);
    if (!found) {
      std::vector<std::string_view> known;
      for (const JsonMember& member : value.members()) known.push_back(member.key);
      return Error{"UnknownField", fmt::format("no field '{}': there are {}", name, fmt::join(known, ", "))};
    }
    selected.set(name, *found);
  }
  return selected;
}

}  // namespace penstock::cli
