#include "cli/watching.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/encoding.h"
#include "cli/execution_view.h"

namespace penstock::cli {

namespace {

using Colour = Terminal::Colour;
constexpr auto poll_interval = std::chrono::milliseconds(200);
constexpr size_t failure_lines = 20;

std::string step_line(const Terminal& terminal, const StepView& step, double now) {
  static constexpr std::pair<std::string_view, Colour> marks[] = {{"running  ", Colour::yellow},
                                                                  {"succeeded", Colour::green},
                                                                  {"failed   ", Colour::red},
                                                                  {"aborted  ", Colour::red}};
  const auto& [mark, colour] = marks[static_cast<size_t>(step.status)];
  const double end = step.status == StepView::Status::running ? now : step.left;
  std::string text = fmt::format("  {} {:<24} {:>9}", terminal.paint(colour, mark), step.name,
                                 format_elapsed(std::max(0.0, end - step.entered)));
  if (step.attempts > 1) text += fmt::format("  attempt {}", step.attempts);
  if (!step.job.empty()) text += "  " + terminal.paint(Colour::dim, step.job.substr(step.job.find('/') + 1));
  if (!step.error.empty() && step.status != StepView::Status::succeeded)
    text += "  " + terminal.paint(Colour::red, step.error);
  return text;
}

// Prints finished steps once; redraws the running ones.
class ProgressDisplay {
 public:
  explicit ProgressDisplay(Terminal& terminal) : terminal_(terminal) {}

  void show(const std::vector<StepView>& steps, double now) {
    terminal_.clear_redraw();
    while (printed_ < steps.size() && steps[printed_].status != StepView::Status::running) {
      terminal_.line(step_line(terminal_, steps[printed_++], now));
    }
    std::vector<std::string> open;
    for (size_t index = printed_; index < steps.size(); ++index)
      open.push_back(step_line(terminal_, steps[index], now));
    terminal_.redraw(open);
  }

 private:
  Terminal& terminal_;
  size_t printed_ = 0;
};

// A job's failure shows up as its Describe answer in the cause: say the reason and where to look, not 3 KB of JSON.
void explain_failure(Session& session, Client& client, const Json& execution, const std::vector<StepView>& steps) {
  Terminal& terminal = session.terminal;
  const std::string cause(execution.text("cause"));
  const auto described = parse_json(cause);
  const auto reason = described && described->is_object() ? described->text("FailureReason") : std::string_view();
  terminal.line(terminal.paint(Colour::red, fmt::format("{}: {}", execution.text("error", execution.text("status")),
                                                        reason.empty() ? std::string_view(cause) : reason)));
  const auto failed =
      std::ranges::find_if(steps, [](const StepView& step) { return !step.error.empty() && !step.job.empty(); });
  if (failed == steps.end()) return;
  const auto lines = job_log_lines(client, failed->job, failure_lines);
  if (!lines || lines->empty()) return;
  terminal.line(fmt::format("last lines of {}:", failed->job));
  for (const auto& text : *lines) terminal.line("  | " + text);
}

void print_output(Terminal& terminal, std::string_view output) {
  const auto value = parse_json(output);
  terminal.line(value ? to_pretty_string(*value) : std::string(output));
}

}  // namespace

Outcome<std::vector<std::string>> job_log_lines(Client& client, const std::string& job, size_t count) {
  const size_t slash = job.find('/');
  const std::string name = job.substr(slash + 1);
  const std::string group =
      job.starts_with("training/") ? "/aws/sagemaker/TrainingJobs" : "/aws/sagemaker/ProcessingJobs";
  auto streams = client.call("logs", "DescribeLogStreams",
                             Json::object({{"logGroupName", group}, {"logStreamNamePrefix", name + "/"}}));
  if (!streams) return streams.error();
  std::vector<std::pair<double, std::string>> stamped;
  const Json& found = (*streams)["logStreams"];
  for (const Json& stream : found.items()) {
    const std::string stream_name(stream.text("logStreamName"));
    auto events = client.call(
        "logs", "GetLogEvents",
        Json::object(
            {{"logGroupName", group}, {"logStreamName", stream_name}, {"limit", std::min<size_t>(count, 10'000)}}));
    if (!events) return events.error();
    const std::string host =
        found.size() > 1
            ? stream_name.substr(name.size() + 1, stream_name.find('-', name.size() + 6) - name.size() - 1) + ": "
            : "";
    for (const Json& event : (*events)["events"].items()) {
      stamped.emplace_back(event["timestamp"].as_double(), host + std::string(event.text("message")));
    }
  }
  std::ranges::stable_sort(stamped, {}, [](const auto& line) { return line.first; });
  std::vector<std::string> lines;
  for (auto& [time, text] : stamped) lines.push_back(std::move(text));
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(count));
  return lines;
}

int watch_execution(Session& session, Client& client, const std::string& arn, bool quiet) {
  ProgressDisplay display(session.terminal);
  while (true) {
    auto execution = client.call("states", "DescribeExecution", Json::object({{"executionArn", arn}}));
    if (!execution) return report(session, execution.error());
    const auto events = read_history(client, arn);
    if (!events) return report(session, events.error());
    const auto steps = steps_of(*events);
    if (!quiet) display.show(steps, session.clock.now().seconds());
    const std::string status(execution->text("status"));
    if (status == "RUNNING" || status == "PENDING_REDRIVE") {
      std::this_thread::sleep_for(poll_interval);
      continue;
    }
    session.terminal.clear_redraw();
    const double elapsed = (*execution)["stopDate"].as_double() - (*execution)["startDate"].as_double();
    session.terminal.line(
        fmt::format("{} after {}", session.terminal.paint(status == "SUCCEEDED" ? Colour::green : Colour::red, status),
                    format_elapsed(elapsed)));
    if (status == "SUCCEEDED") {
      print_output(session.terminal, execution->text("output"));
      return 0;
    }
    explain_failure(session, client, *execution, steps);
    return 1;
  }
}

}  // namespace penstock::cli
