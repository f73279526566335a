// What the commands show of executions: finding one by what a person types, and its history as steps.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client/client.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::cli {

using aws::Client;

// The ARN of the execution that `reference` names: an ARN, "@latest" (the newest of all), or an execution's name.
// Errors say what there is instead.
Outcome<std::string> find_execution(Client& client, const std::string& reference);

// Executions of all machines, newest first, as ListExecutions shows them; at most `count`.
Outcome<std::vector<Json>> list_executions(Client& client, const std::string& machine, const std::string& status,
                                           size_t count);

// All pages of an execution's history.
Outcome<std::vector<Json>> read_history(Client& client, const std::string& arn);

// One visit of a state.
struct StepView {
  enum class Status { running, succeeded, failed, aborted };
  std::string name;
  Status status = Status::running;
  double entered = 0;  // seconds since 1970
  double left = 0;
  int attempts = 0;  // tasks started in this visit; 0 for states that run none
  std::string job;   // name of the last SageMaker job it started, with its kind: "training/NAME"
  std::string error;
};

std::vector<StepView> steps_of(const std::vector<Json>& events);

// `value` cut down to the comma-separated members; an unknown one is an error that names the known ones. Empty: all.
Outcome<Json> select_fields(const Json& value, std::string_view fields);

}  // namespace penstock::cli
