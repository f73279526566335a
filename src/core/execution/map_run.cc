#include "core/execution/map_run.h"

#include <charconv>

namespace penstock::execution {
namespace {

constexpr std::string_view record_kind = "states.map_run";

int64_t integer_at(const Json& json, std::string_view key) {
  const Json& value = json[key];
  return value.is_number() ? value.as_integer().value_or(0) : 0;
}

std::optional<Time> time_at(const Json& json, std::string_view key) {
  if (!json.find(key)) return std::nullopt;
  return Time{integer_at(json, key)};
}

Json to_json(const MapRunCounts& counts) {
  return Json::object({{"pending", counts.pending},
                       {"succeeded", counts.succeeded},
                       {"failed", counts.failed},
                       {"timedOut", counts.timed_out},
                       {"aborted", counts.aborted},
                       {"resultsWritten", counts.results_written},
                       {"notRedrivable", counts.failures_not_redrivable}});
}

MapRunCounts counts_of(const Json& json) {
  MapRunCounts counts;
  counts.pending = integer_at(json, "pending");
  counts.succeeded = integer_at(json, "succeeded");
  counts.failed = integer_at(json, "failed");
  counts.timed_out = integer_at(json, "timedOut");
  counts.aborted = integer_at(json, "aborted");
  counts.results_written = integer_at(json, "resultsWritten");
  counts.failures_not_redrivable = integer_at(json, "notRedrivable");
  return counts;
}

Json to_json(const MapRun& run) {
  Json json = Json::object({{"executionArn", run.execution_arn},
                            {"execution", run.execution},
                            {"id", run.id},
                            {"status", static_cast<int>(run.status)},
                            {"started", run.started.microseconds},
                            {"express", run.express},
                            {"concurrency", run.concurrency},
                            {"redrives", run.redrives},
                            {"items", to_json(run.items)},
                            {"executions", to_json(run.executions)}});
  if (run.stopped) json.set("stopped", run.stopped->microseconds);
  if (run.redriven) json.set("redriven", run.redriven->microseconds);
  if (run.tolerance.count) json.set("toleratedCount", *run.tolerance.count);
  if (run.tolerance.percentage) json.set("toleratedPercentage", *run.tolerance.percentage);
  if (run.error) json.set("error", *run.error);
  if (run.cause) json.set("cause", *run.cause);
  return json;
}

std::optional<std::string> text_at(const Json& json, std::string_view key) {
  if (!json[key].is_string()) return std::nullopt;
  return std::string(json[key].as_string());
}

MapRun run_of(std::string_view arn, const Json& json) {
  MapRun run;
  run.arn = arn;
  run.execution_arn = json.text("executionArn");
  run.execution = integer_at(json, "execution");
  run.id = integer_at(json, "id");
  run.status = static_cast<MapRun::Status>(integer_at(json, "status"));
  run.started = Time{integer_at(json, "started")};
  run.stopped = time_at(json, "stopped");
  run.express = json["express"] == Json(true);
  run.concurrency = integer_at(json, "concurrency");
  if (json.find("toleratedCount")) run.tolerance.count = integer_at(json, "toleratedCount");
  if (json["toleratedPercentage"].is_number()) run.tolerance.percentage = json["toleratedPercentage"].as_double();
  run.redrives = integer_at(json, "redrives");
  run.redriven = time_at(json, "redriven");
  run.error = text_at(json, "error");
  run.cause = text_at(json, "cause");
  run.items = counts_of(json["items"]);
  run.executions = counts_of(json["executions"]);
  return run;
}

}  // namespace

int64_t& MapRunCounts::of(store::ExecutionStatus status) {
  using Status = store::ExecutionStatus;
  switch (status) {
    case Status::succeeded:
      return succeeded;
    case Status::failed:
      return failed;
    case Status::timed_out:
      return timed_out;
    case Status::aborted:
      return aborted;
    default:
      return running;
  }
}

int64_t MapRun::number() const {
  return map_run_number(arn);
}

// The first 60 bits of the UUID at the ARN's end; never 0, which stands for no map run.
int64_t map_run_number(std::string_view arn) {
  constexpr size_t digits = 15;
  std::string hex;
  for (char character : arn.substr(arn.rfind(':') + 1)) {
    if (character != '-' && hex.size() < digits) hex.push_back(character);
  }
  int64_t number = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  return number == 0 ? 1 : number;
}

std::string_view status_name(MapRun::Status status) {
  switch (status) {
    case MapRun::Status::running:
      return "RUNNING";
    case MapRun::Status::succeeded:
      return "SUCCEEDED";
    case MapRun::Status::failed:
      return "FAILED";
    case MapRun::Status::aborted:
      break;
  }
  return "ABORTED";
}

void save(store::Records& records, const MapRun& run) {
  records.put(record_kind, run.arn, to_json(run));
}

std::optional<MapRun> load_map_run(const store::Records& records, std::string_view arn) {
  std::optional<Json> record = records.get(record_kind, arn);
  if (!record) return std::nullopt;
  return run_of(arn, *record);
}

std::vector<MapRun> load_map_runs(const store::Records& records, std::string_view prefix) {
  std::vector<MapRun> runs;
  for (const store::Records::Record& record : records.list(record_kind, prefix)) {
    runs.push_back(run_of(record.key, record.value));
  }
  return runs;
}

void erase_map_runs(store::Records& records, std::string_view prefix) {
  for (const store::Records::Record& record : records.list(record_kind, prefix)) records.erase(record_kind, record.key);
}

}  // namespace penstock::execution
