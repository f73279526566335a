// The commands that look at executions and act on one: list, describe, watch, logs, stop, redrive.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "cli/command.h"
#include "cli/execution_view.h"
#include "cli/watching.h"

namespace penstock::cli {

namespace {

struct Reference {
  std::string text = "@latest";

  void declare(CLI::App& app) {
    app.add_option("execution", text, "an execution: its name, its ARN, or @latest")->capture_default_str();
  }
};

// Prints selected members, or the whole, as JSON.
int print_json(Session& session, const Json& value, const std::string& fields) {
  auto selected = select_fields(value, fields);
  if (!selected) return report(session, selected.error());
  session.terminal.line(to_pretty_string(*selected));
  return 0;
}

std::string local_time(const Json& seconds) {
  return seconds.is_number() ? to_iso8601_seconds(plus_seconds(Time{}, seconds.as_double())) : "";
}

double elapsed_of(const Json& execution, const Clock& clock) {
  const double end = execution["stopDate"].is_number() ? execution["stopDate"].as_double() : clock.now().seconds();
  return std::max(0.0, end - execution["startDate"].as_double());
}

struct ListOptions {
  std::string machine, status, fields;
  size_t count = 20;
  bool json = false;
};

int list(Session& session, const ListOptions& options) {
  auto client = session.client();
  if (!client) return report(session, client.error());
  auto executions = list_executions(**client, options.machine, options.status, options.count);
  if (!executions) return report(session, executions.error());
  if (options.json) {
    Json all = Json::array();
    for (const Json& execution : *executions) {
      auto selected = select_fields(execution, options.fields);
      if (!selected) return report(session, selected.error());
      all.push_back(*std::move(selected));
    }
    session.terminal.line(to_pretty_string(all));
    return 0;
  }
  std::vector<std::vector<std::string>> rows = {{"EXECUTION", "PIPELINE", "STATUS", "STARTED", "ELAPSED"}};
  for (const Json& execution : *executions) {
    const std::string_view machine = execution.text("stateMachineArn");
    rows.push_back({std::string(execution.text("name")), std::string(machine.substr(machine.rfind(':') + 1)),
                    std::string(execution.text("status")), local_time(execution["startDate"]),
                    format_elapsed(elapsed_of(execution, session.clock))});
  }
  session.terminal.table(rows);
  return 0;
}

// Runs `act` with a client and the ARN that `reference` names.
int with_execution(Session& session, const std::string& reference,
                   const std::function<int(Client&, const std::string&)>& act) {
  auto client = session.client();
  if (!client) return report(session, client.error());
  auto arn = find_execution(**client, reference);
  if (!arn) return report(session, arn.error());
  return act(**client, *arn);
}

int describe(Session& session, Client& client, const std::string& arn, bool json, const std::string& fields) {
  auto execution = client.call("states", "DescribeExecution", Json::object({{"executionArn", arn}}));
  if (!execution) return report(session, execution.error());
  for (const char* member : {"input", "output"}) {  // JSON inside JSON is hard to read and to select from
    if (auto inner = parse_json(execution->text(member)); inner) execution->set(member, *std::move(inner));
  }
  if (json) return print_json(session, *execution, fields);
  auto history = read_history(client, arn);
  if (!history) return report(session, history.error());
  session.terminal.line(fmt::format("{}\n{}, started {}, {}", arn, execution->text("status"),
                                    local_time((*execution)["startDate"]),
                                    format_elapsed(elapsed_of(*execution, session.clock))));
  std::vector<std::vector<std::string>> rows = {{"STEP", "ELAPSED", "ATTEMPTS", "JOB", "ERROR"}};
  for (const StepView& step : steps_of(*history)) {
    const double end = step.left > 0 ? step.left : session.clock.now().seconds();
    rows.push_back(
        {step.name, format_elapsed(end - step.entered), std::to_string(step.attempts), step.job, step.error});
  }
  session.terminal.table(rows);
  for (const char* member : {"input", "output", "error", "cause"}) {
    const Json& value = (*execution)[member];
    if (value.is_null()) continue;
    session.terminal.line(
        fmt::format("{}: {}", member, value.is_string() ? std::string(value.as_string()) : to_pretty_string(value)));
  }
  return 0;
}

int print_job_log(Session& session, Client& client, const std::string& job, size_t count) {
  const auto lines = job_log_lines(client, job, count);
  if (!lines) return report(session, lines.error());
  for (const auto& text : *lines) session.terminal.line(text);
  return 0;
}

struct LogsOptions {
  std::string reference = "@latest";
  size_t count = 1'000;
  bool failed = false;
};

// A job's name, "training/NAME", or an execution, whose jobs then follow one another.
int logs(Session& session, const LogsOptions& options) {
  auto client = session.client();
  if (!client) return report(session, client.error());
  if (options.reference.find('/') != std::string::npos)
    return print_job_log(session, **client, options.reference, options.count);
  for (const auto& [operation, member, kind] : {std::tuple{"DescribeTrainingJob", "TrainingJobName", "training/"},
                                                {"DescribeProcessingJob", "ProcessingJobName", "processing/"}}) {
    if (options.reference.starts_with('@') || options.reference.starts_with("arn:")) break;
    if ((*client)->call("sagemaker", operation, Json::object({{member, options.reference}}))) {
      return print_job_log(session, **client, kind + options.reference, options.count);
    }
  }
  auto arn = find_execution(**client, options.reference);
  if (!arn) return report(session, arn.error());
  auto history = read_history(**client, *arn);
  if (!history) return report(session, history.error());
  for (const StepView& step : steps_of(*history)) {
    if (step.job.empty() || (options.failed && step.error.empty())) continue;
    session.terminal.line(
        session.terminal.paint(Terminal::Colour::bold, fmt::format("== {} ({})", step.name, step.job)));
    if (const int status = print_job_log(session, **client, step.job, options.count)) return status;
  }
  return 0;
}

}  // namespace

std::function<int()> configure_list(CLI::App& app, Session& session) {
  auto options = std::make_shared<ListOptions>();
  app.add_option("--pipeline", options->machine, "only of this pipeline: its name or ARN");
  app.add_option("--status", options->status, "RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED");
  app.add_option("--limit", options->count, "at most so many")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--json", options->fields, "as JSON; FIELDS, comma separated, or all")
      ->type_name("FIELDS")
      ->expected(0, 1);
  return [&session, &app, options] {
    options->json = app.count("--json") > 0;
    return list(session, *options);
  };
}

std::function<int()> configure_describe(CLI::App& app, Session& session) {
  auto reference = std::make_shared<Reference>();
  reference->declare(app);
  auto fields = std::make_shared<std::string>();
  app.add_option("--json", *fields, "as JSON; FIELDS, comma separated, or all")->type_name("FIELDS")->expected(0, 1);
  return [&session, &app, reference, fields] {
    return with_execution(session, reference->text, [&](Client& client, const std::string& arn) {
      return describe(session, client, arn, app.count("--json") > 0, *fields);
    });
  };
}

std::function<int()> configure_watch(CLI::App& app, Session& session) {
  auto reference = std::make_shared<Reference>();
  reference->declare(app);
  return [&session, reference] {
    return with_execution(session, reference->text, [&](Client& client, const std::string& arn) {
      return watch_execution(session, client, arn);
    });
  };
}

std::function<int()> configure_logs(CLI::App& app, Session& session) {
  auto options = std::make_shared<LogsOptions>();
  app.add_option("what", options->reference, "an execution (name, ARN, @latest) or a job (its name)")
      ->capture_default_str();
  app.add_option("--tail", options->count, "only the last lines of each job")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_flag("--failed", options->failed, "only jobs that failed");
  return [&session, options] { return logs(session, *options); };
}

std::function<int()> configure_stop(CLI::App& app, Session& session) {
  auto reference = std::make_shared<Reference>();
  reference->declare(app);
  auto cause = std::make_shared<std::string>("stopped by penstock stop");
  app.add_option("--cause", *cause, "why, for the record")->capture_default_str();
  return [&session, reference, cause] {
    return with_execution(session, reference->text, [&](Client& client, const std::string& arn) {
      auto stopped = client.call("states", "StopExecution", Json::object({{"executionArn", arn}, {"cause", *cause}}));
      if (!stopped) return report(session, stopped.error());
      session.terminal.line("stopped " + arn);
      return 0;
    });
  };
}

std::function<int()> configure_redrive(CLI::App& app, Session& session) {
  auto reference = std::make_shared<Reference>();
  reference->declare(app);
  return [&session, reference] {
    return with_execution(session, reference->text, [&](Client& client, const std::string& arn) {
      auto redriven = client.call("states", "RedriveExecution", Json::object({{"executionArn", arn}}));
      if (!redriven) return report(session, redriven.error());
      return watch_execution(session, client, arn);
    });
  };
}

}  // namespace penstock::cli
