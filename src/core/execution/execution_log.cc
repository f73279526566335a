#include "core/execution/execution_log.h"

#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "store/log_lines.h"

namespace penstock::execution {

Logging::Level log_level(pipeline::EventType type) {
  using enum pipeline::EventType;
  switch (type) {
    case execution_aborted:
    case execution_failed:
    case execution_timed_out:
      return Logging::Level::fatal;
    case activity_failed:
    case activity_schedule_failed:
    case activity_timed_out:
    case evaluation_failed:
    case fail_state_entered:
    case lambda_function_failed:
    case lambda_function_schedule_failed:
    case lambda_function_start_failed:
    case lambda_function_timed_out:
    case map_iteration_aborted:
    case map_iteration_failed:
    case map_run_aborted:
    case map_run_failed:
    case map_state_aborted:
    case map_state_failed:
    case parallel_state_aborted:
    case parallel_state_failed:
    case task_failed:
    case task_start_failed:
    case task_state_aborted:
    case task_submit_failed:
    case task_timed_out:
    case wait_state_aborted:
      return Logging::Level::error;
    default:
      return Logging::Level::all;
  }
}

namespace {

// Of a byte of a text in JSON: \" \\ \n and their like take two, other control characters six.
size_t escaped_size(unsigned char byte) {
  constexpr unsigned char first_printable = 0x20;
  constexpr std::string_view short_escapes = "\"\\\b\f\n\r\t";
  if (short_escapes.find(static_cast<char>(byte)) != std::string_view::npos) return 2;
  return byte < first_printable ? 6 : 1;
}

// How much of the text fits when it is escaped as JSON; no character is cut in two.
size_t fitting(std::string_view text, size_t bytes_max) {
  size_t bytes = 0;
  size_t fits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    constexpr unsigned char continuation_mask = 0xC0;
    constexpr unsigned char continuation = 0x80;
    if ((byte & continuation_mask) != continuation) fits = i;
    bytes += escaped_size(byte);
    if (bytes > bytes_max) return fits;
  }
  return text.size();
}

// Source: "CloudWatch Logs payloads", Step Functions developer guide.
void truncate_payload(Json& details, std::string_view field) {
  constexpr size_t escaped_payload_max = 248 * 1024;
  const Json* payload = details.find(field);
  if (payload == nullptr || !payload->is_string()) return;
  std::string_view text = payload->as_string();
  constexpr size_t escape_max = 6;
  if (text.size() <= escaped_payload_max / escape_max) return;
  size_t fits = fitting(text, escaped_payload_max);
  if (fits == text.size()) return;
  details.set(field, std::string(text.substr(0, fits)));
  details.set(std::string(field) + "Details", Json::object({{"truncated", true}}));
}

std::string line_of(const Live& live, const pipeline::HistoryEvent& event, bool include_data) {
  Json details = pipeline::details_to_json(event, include_data);
  if (include_data && details.is_object()) {
    truncate_payload(details, "input");
    truncate_payload(details, "output");
  }
  return to_string(Json::object({
      {"id", std::to_string(event.id)},
      {"type", pipeline::event_type_name(event.type)},
      {"details", details.is_null() ? Json::object() : details},
      {"previous_event_id", std::to_string(event.previous_id)},
      {"event_timestamp", std::to_string(event.time.milliseconds())},
      {"execution_arn", live.arn},
      {"redrive_count", std::to_string(live.redrives)},
  }));
}

// One stream an hour and machine, named as AWS names them: states/NAME/2026-11-24-10-00/1b2c3d4e.
std::string stream_of(const Revision& revision, Time now) {
  std::string hour = to_iso8601_seconds(now).substr(0, 13);  // 2026-11-24T10
  hour[10] = '-';
  return "states/" + revision.machine_name + "/" + hour + "-00/" + sha256_hex(revision.machine_arn).substr(0, 8);
}

}  // namespace

void write_log(store::LogLines& lines, const Live& live, std::span<const pipeline::HistoryEvent> events) {
  const Logging& log = live.revision->log;
  if (log.level == Logging::Level::off || log.group.name.empty()) return;
  std::vector<store::LogLine> written;
  for (const pipeline::HistoryEvent& event : events) {
    if (log_level(event.type) > log.level) continue;
    written.push_back({event.time, line_of(live, event, log.include_data)});
  }
  if (written.empty()) return;
  Time now = events.back().time;
  std::string stream = stream_of(*live.revision, now);
  if (!lines.stream(log.group, stream)) lines.create_stream(log.group, stream, now);
  // The group may have been deleted since: AWS then drops the lines, too.
  lines.append(log.group, stream, std::move(written), now);
}

}  // namespace penstock::execution
