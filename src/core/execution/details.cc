#include "core/execution/details.h"

#include "base/json.h"

namespace penstock::execution {

namespace {

constexpr double redrivable_seconds = 14.0 * 24 * 3600;
constexpr int64_t redrives_max = 1'000;
constexpr int64_t redrivable_events_max = 24'999;  // room for ExecutionRedriven and one more event

std::string_view status_name(store::ExecutionStatus status) {
  switch (status) {
    case store::ExecutionStatus::running:
      return "RUNNING";
    case store::ExecutionStatus::succeeded:
      return "SUCCEEDED";
    case store::ExecutionStatus::pending_redrive:
      return "PENDING_REDRIVE";
    default:
      return {};
  }
}

std::optional<int64_t> integer_at(const Json& json, std::string_view key) {
  const Json& value = json[key];
  return value.is_number() ? value.as_integer() : std::nullopt;
}

std::optional<Time> time_at(const Json& json, std::string_view key) {
  std::optional<int64_t> microseconds = integer_at(json, key);
  if (!microseconds) return std::nullopt;
  return Time{*microseconds};
}

}  // namespace

std::string to_text(const Details& details) {
  Json json = Json::object({{"revision", details.revision}});
  if (!details.version_arn.empty()) json.set("version", details.version_arn);
  if (!details.alias_arn.empty()) json.set("alias", details.alias_arn);
  if (!details.trace_header.empty()) json.set("trace", details.trace_header);
  if (!details.starter.empty()) json.set("starter", details.starter);
  if (details.redrives != 0) json.set("redrives", details.redrives);
  if (details.redriven) json.set("redriven", details.redriven->microseconds);
  if (!details.redrive_tokens.empty()) {
    Json tokens = Json::array();
    for (const RedriveToken& token : details.redrive_tokens) {
      tokens.push_back(Json::object({{"token", token.token}, {"used", token.used.microseconds}}));
    }
    json.set("redriveTokens", std::move(tokens));
  }
  if (!details.item.map_run.empty()) {
    json.set("mapRun", details.item.map_run);
    json.set("workflow", details.item.workflow);
    json.set("items", details.item.items);
    if (details.item.express) json.set("express", true);
  }
  return to_string(json);
}

Details parse_details(std::string_view text) {
  Outcome<Json> json = parse_json(text);
  if (!json) return {};
  Details details;
  details.revision = json->text("revision");
  details.version_arn = json->text("version");
  details.alias_arn = json->text("alias");
  details.trace_header = json->text("trace");
  details.starter = json->text("starter");
  details.redrives = integer_at(*json, "redrives").value_or(0);
  details.redriven = time_at(*json, "redriven");
  details.item.map_run = json->text("mapRun");
  details.item.workflow = static_cast<uint32_t>(integer_at(*json, "workflow").value_or(0));
  details.item.items = integer_at(*json, "items").value_or(1);
  details.item.express = (*json)["express"] == Json(true);
  const Json& tokens = (*json)["redriveTokens"];
  for (size_t index = 0; tokens.is_array() && index < tokens.size(); ++index) {
    std::optional<Time> used = time_at(tokens[index], "used");
    if (used) details.redrive_tokens.push_back({std::string(tokens[index].text("token")), *used});
  }
  return details;
}

void note_redrive(Details& details, const std::string& client_token, Time now) {
  ++details.redrives;
  details.redriven = now;
  std::erase_if(details.redrive_tokens,
                [&](const RedriveToken& token) { return now > plus_seconds(token.used, redrive_token_seconds); });
  if (!client_token.empty()) details.redrive_tokens.push_back({client_token, now});
}

void tell_redrives(const Details& details, pipeline::Identity& identity) {
  identity.redrive_count = details.redrives;
  identity.redriven = details.redriven;
}

std::optional<std::string> redrive_obstacle(const store::ExecutionRecord& record, const Details& details, Time now) {
  if (std::string_view name = status_name(record.status); !name.empty()) {
    return "Execution is " + std::string(name) + " and cannot be redriven";
  }
  if (record.events >= redrivable_events_max) return "Execution history event limit exceeded";
  if (now > plus_seconds(record.started, pipeline::open_seconds_max))
    return "Execution has exceeded the max execution time";
  if (!record.stopped || now > plus_seconds(*record.stopped, redrivable_seconds)) {
    return "Execution redrivable period exceeded";
  }
  if (details.redrives >= redrives_max) return "Execution redrive limit exceeded";
  // By a Penstock of before redrives, to be exact.
  if (record.remains.empty()) return "Execution was started before the launch of RedriveExecution";
  return std::nullopt;
}

}  // namespace penstock::execution
