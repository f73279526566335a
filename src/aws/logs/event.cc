#include "aws/logs/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "aws/logs/filter_pattern.h"
#include "aws/logs/position_token.h"
#include "aws/logs/reference.h"
#include "base/clock.h"
#include "store/log_lines.h"

namespace penstock::aws::logs {

namespace {

// PutLogEvents and GetLogEvents, CloudWatch Logs API reference.
constexpr size_t batch_bytes_max = 1'048'576;
constexpr size_t event_overhead_bytes = 26;
constexpr size_t page_bytes_max = 1'048'576;
constexpr size_t page_events_max = 10'000;
constexpr int64_t hour_ms = 3'600'000;
constexpr int64_t day_ms = 24 * hour_ms;
// Ours: lines that one FilterLogEvents looks at before it answers a partial page, as AWS's does after some time.
constexpr size_t searched_events_max = 200'000;

// Milliseconds of the API as microseconds, without overflow.
int64_t microseconds(int64_t ms) {
  constexpr int64_t limit = std::numeric_limits<int64_t>::max() / 1000 - 1;
  return std::clamp(ms, -limit, limit) * 1000;
}

// Lines older than the group's retention are gone for readers at once, whenever they are removed.
store::LogWindow window_of(const Context& context, const store::LogGroup& group, std::optional<int64_t> start_ms,
                           std::optional<int64_t> end_ms) {
  store::LogWindow window;
  if (start_ms) window.start = Time{microseconds(*start_ms)};
  if (end_ms) window.end = Time{microseconds(*end_ms)};
  if (group.retention_days) {
    Time oldest{context.platform.clock.now().microseconds - microseconds(*group.retention_days * day_ms)};
    window.start = std::max(window.start, oldest);
  }
  return window;
}

// How many events, counted from one end, fit into a page.
size_t fitting(const std::vector<store::LogEvent>& events) {
  size_t bytes = 0;
  size_t count = 0;
  for (; count < events.size(); ++count) {
    bytes += events[count].message.size() + event_overhead_bytes;
    if (bytes > page_bytes_max && count > 0) break;
  }
  return count;
}

Outcome<void> check_batch(const std::vector<InputLogEvent>& events) {
  size_t bytes = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    bytes += events[i].message.size() + event_overhead_bytes;
    if (i > 0 && events[i].timestamp < events[i - 1].timestamp) {
      return invalid_parameter("Log events in a single PutLogEvents request must be in chronological order.");
    }
  }
  if (bytes > batch_bytes_max) {
    return invalid_parameter(fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, batch_bytes_max));
  }
  return {};
}

// Which events of a batch in chronological order are taken: [first, end).
struct Accepted {
  size_t first = 0;
  size_t end = 0;
  std::optional<RejectedLogEventsInfo> rejected;
};

Accepted choose(const std::vector<InputLogEvent>& events, int64_t now_ms, std::optional<int64_t> retention_days) {
  auto first_from = [&](int64_t time) {
    return std::lower_bound(events.begin(), events.end(), time,
                            [](const InputLogEvent& event, int64_t t) { return event.timestamp < t; }) -
           events.begin();
  };
  RejectedLogEventsInfo info;
  int64_t too_old = first_from(now_ms - 14 * day_ms);
  int64_t expired = retention_days ? first_from(now_ms - *retention_days * day_ms) : 0;
  int64_t too_new = first_from(now_ms + 2 * hour_ms + 1);
  if (too_old > 0) info.too_old_log_event_end_index = too_old;
  if (expired > too_old) info.expired_log_event_end_index = expired;
  if (too_new < static_cast<int64_t>(events.size())) info.too_new_log_event_start_index = too_new;
  Accepted accepted{static_cast<size_t>(std::max(too_old, expired)), static_cast<size_t>(too_new), {}};
  if (accepted.first > 0 || accepted.end < events.size()) accepted.rejected = info;
  accepted.end = std::max(accepted.end, accepted.first);
  return accepted;
}

}  // namespace

Outcome<PutLogEventsOutput> put_log_events(Context& context, const PutLogEventsInput& input) {
  store::LogLines& log_lines = context.platform.log_lines;
  if (Outcome<void> checked = check_batch(input.log_events); !checked) return checked.error();
  const store::LogGroupName name = group_here(context, input.log_group_name);
  std::optional<store::LogGroup> group = log_lines.group(name);
  if (!group) return no_such_group();
  Time now = context.platform.clock.now();
  Accepted accepted = choose(input.log_events, now.milliseconds(), group->retention_days);
  std::vector<store::LogLine> lines;
  for (size_t i = accepted.first; i < accepted.end; ++i) {
    lines.push_back({Time{microseconds(input.log_events[i].timestamp)}, input.log_events[i].message});
  }
  if (!lines.empty() && lines.back().time.microseconds - lines.front().time.microseconds > microseconds(day_ms)) {
    return invalid_parameter(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  store::LogResult result = log_lines.append(name, input.log_stream_name, std::move(lines), now);
  if (result != store::LogResult::done) return to_error(result, "stream");
  PutLogEventsOutput output;
  output.next_sequence_token = position_digits({now.microseconds, 0});  // ignored by AWS and by us since 2023
  output.rejected_log_events_info = accepted.rejected;
  if (input.entity) output.rejected_entity_info = RejectedEntityInfo{"UnsupportedLogGroupType"};
  return output;
}

Outcome<GetLogEventsOutput> get_log_events(Context& context, const GetLogEventsInput& input) {
  store::LogLines& log_lines = context.platform.log_lines;
  Outcome<store::LogGroupName> name = group_of(context, input.log_group_name, input.log_group_identifier);
  if (!name) return name.error();
  std::optional<store::LogGroup> group = log_lines.group(*name);
  if (!group) return no_such_group();
  if (!log_lines.stream(*name, input.log_stream_name)) return no_such_stream();
  std::optional<PageToken> token;
  if (input.next_token && !(token = parse_page_token(*input.next_token))) {
    return invalid_parameter("The specified nextToken is invalid.");
  }
  bool backwards = token ? token->backwards : !input.start_from_head.value_or(false);
  std::optional<store::LogPosition> from;
  if (token) from = token->position;
  std::vector<store::LogEvent> events =
      log_lines.read(*name, input.log_stream_name, window_of(context, *group, input.start_time, input.end_time), from,
                     backwards, static_cast<size_t>(input.limit.value_or(page_events_max)));
  events.resize(fitting(events));
  if (backwards) std::reverse(events.begin(), events.end());

  GetLogEventsOutput output;
  output.events.emplace();
  for (store::LogEvent& event : events) {
    output.events->push_back(
        {Time{event.position.time}.milliseconds(), std::move(event.message), event.ingested.milliseconds()});
  }
  // "If you have reached the end of the stream, it returns the same token you passed in."
  store::LogPosition edge = from.value_or(store::LogPosition{});
  output.next_forward_token = to_string(PageToken{false, events.empty() ? edge : events.back().position});
  output.next_backward_token = to_string(PageToken{true, events.empty() ? edge : events.front().position});
  return output;
}

namespace {

// The streams a search is limited to; empty: all.
Outcome<std::vector<std::string>> searched_streams(store::LogLines& log_lines, const store::LogGroupName& group,
                                                   const FilterLogEventsInput& input) {
  if (input.log_stream_names && input.log_stream_name_prefix) {
    return invalid_parameter("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
  }
  if (input.log_stream_names) {
    for (const std::string& name : *input.log_stream_names) {
      if (!log_lines.stream(group, name)) return no_such_stream();
    }
    return *input.log_stream_names;
  }
  std::vector<std::string> names;
  if (input.log_stream_name_prefix) {
    for (const store::LogStream& stream : log_lines.streams(group, *input.log_stream_name_prefix))
      names.push_back(stream.name);
  }
  return names;
}

FilteredLogEvent wire_event(const store::LogEvent& event) {
  return {event.stream, Time{event.position.time}.milliseconds(), event.message, event.ingested.milliseconds(),
          position_digits(event.position)};
}

// Fills a page of `output` and sets its token when there may be more.
void search(store::LogLines& log_lines, const store::LogGroupName& group, const std::vector<std::string>& streams,
            store::LogWindow window, const std::optional<PageToken>& token, bool backwards,
            const FilterPattern& pattern, size_t limit, FilterLogEventsOutput& output) {
  size_t searched = 0;
  size_t bytes = 0;
  store::LogPosition last;
  std::optional<store::LogPosition> from;
  if (token) from = token->position;
  log_lines.scan(group, streams, window, from, backwards, [&](const store::LogEvent& event) {
    bool full = output.events->size() == limit || bytes + event.message.size() + event_overhead_bytes > page_bytes_max;
    if ((full && !output.events->empty()) || searched == searched_events_max) {
      output.next_token = to_string(PageToken{backwards, last});
      return false;
    }
    ++searched;
    last = event.position;
    if (pattern.matches(event.message)) {
      output.events->push_back(wire_event(event));
      bytes += event.message.size() + event_overhead_bytes;
    }
    return true;
  });
}

}  // namespace

Outcome<FilterLogEventsOutput> filter_log_events(Context& context, const FilterLogEventsInput& input) {
  store::LogLines& log_lines = context.platform.log_lines;
  Outcome<store::LogGroupName> name = group_of(context, input.log_group_name, input.log_group_identifier);
  if (!name) return name.error();
  Outcome<FilterPattern> pattern = FilterPattern::parse(input.filter_pattern.value_or(""));
  if (!pattern) return pattern.error();
  std::optional<PageToken> token;
  if (input.next_token && !(token = parse_page_token(*input.next_token))) {
    return invalid_parameter("The specified nextToken is invalid.");
  }
  std::optional<store::LogGroup> group = log_lines.group(*name);
  if (!group) return no_such_group();
  Outcome<std::vector<std::string>> streams = searched_streams(log_lines, *name, input);
  if (!streams) return streams.error();

  FilterLogEventsOutput output;
  output.events.emplace();
  output.searched_log_streams.emplace();  // AWS gives an empty list since 2019
  if (input.log_stream_name_prefix && streams->empty()) return output;
  std::optional<int64_t> end = input.end_time;
  if (end)
    end = std::min(*end, std::numeric_limits<int64_t>::max() - 1) +
          1;  // "Events with a timestamp later than this time are not returned": this one is
  bool backwards = token ? token->backwards : !input.start_from_head.value_or(true);
  search(log_lines, *name, *streams, window_of(context, *group, input.start_time, end), token, backwards, *pattern,
         static_cast<size_t>(input.limit.value_or(page_events_max)), output);
  return output;
}

}  // namespace penstock::aws::logs
