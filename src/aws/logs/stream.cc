#include "aws/logs/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/logs/reference.h"
#include "base/clock.h"
#include "store/log_lines.h"

namespace penstock::aws::logs {

namespace {

constexpr size_t page_max = 50;

// What streams are ordered by; also what a page's token says, as "TIME/NAME".
struct Place {
  int64_t time = 0;  // of the last event in microseconds; 0 when ordered by name
  std::string name;
  friend auto operator<=>(const Place&, const Place&) = default;
};

std::optional<Place> parse_place(std::string_view token) {
  size_t slash = token.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Place place{0, std::string(token.substr(slash + 1))};
  auto [end, problem] = std::from_chars(token.data(), token.data() + slash, place.time);
  if (problem != std::errc() || end != token.data() + slash) return std::nullopt;
  return place;
}

std::optional<int64_t> milliseconds(const std::optional<Time>& time) {
  if (!time) return std::nullopt;
  return time->milliseconds();
}

LogStream wire_stream(const Context& context, std::string_view group, const store::LogStream& stream) {
  LogStream wire;
  wire.log_stream_name = stream.name;
  wire.creation_time = stream.created.milliseconds();
  wire.first_event_timestamp = milliseconds(stream.first_event);
  wire.last_event_timestamp = milliseconds(stream.last_event);
  wire.last_ingestion_time = milliseconds(stream.last_ingestion);
  wire.arn = fmt::format("{}:log-stream:{}", group_arn(context, group), stream.name);
  wire.stored_bytes = 0;  // "Starting on June 17, 2019, this parameter ... is always zero"
  return wire;
}

}  // namespace

Outcome<CreateLogStreamOutput> create_log_stream(Context& context, const CreateLogStreamInput& input) {
  store::LogResult result = context.platform.log_lines.create_stream(
      group_here(context, input.log_group_name), input.log_stream_name, context.platform.clock.now());
  if (result != store::LogResult::done) return to_error(result, "stream");
  return CreateLogStreamOutput{};
}

Outcome<DeleteLogStreamOutput> delete_log_stream(Context& context, const DeleteLogStreamInput& input) {
  store::LogResult result =
      context.platform.log_lines.delete_stream(group_here(context, input.log_group_name), input.log_stream_name);
  if (result != store::LogResult::done) return to_error(result, "stream");
  return DeleteLogStreamOutput{};
}

Outcome<DescribeLogStreamsOutput> describe_log_streams(Context& context, const DescribeLogStreamsInput& input) {
  Outcome<store::LogGroupName> group = group_of(context, input.log_group_name, input.log_group_identifier);
  if (!group) return group.error();
  bool by_time = input.order_by.value_or("LogStreamName") == "LastEventTime";
  if (by_time && input.log_stream_name_prefix) {
    return invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  std::optional<Place> after;
  if (input.next_token && !(after = parse_place(*input.next_token))) {
    return invalid_parameter("The specified nextToken is invalid.");
  }
  if (!context.platform.log_lines.group(*group)) return no_such_group();

  std::vector<store::LogStream> streams =
      context.platform.log_lines.streams(*group, input.log_stream_name_prefix.value_or(""));
  auto place_of = [&](const store::LogStream& stream) {
    return Place{by_time ? stream.last_event.value_or(Time{}).microseconds : 0, stream.name};
  };
  bool descending = input.descending.value_or(false);
  auto comes_before = [&](const Place& left, const Place& right) { return descending ? right < left : left < right; };
  std::sort(streams.begin(), streams.end(), [&](const store::LogStream& left, const store::LogStream& right) {
    return comes_before(place_of(left), place_of(right));
  });
  DescribeLogStreamsOutput output;
  std::vector<LogStream>& page = output.log_streams.emplace();
  std::optional<Place> last;
  for (const store::LogStream& stream : streams) {
    Place place = place_of(stream);
    if (after && !comes_before(*after, place)) continue;
    if (page.size() == static_cast<size_t>(input.limit.value_or(page_max))) {
      output.next_token = fmt::format("{}/{}", last->time, last->name);
      break;
    }
    page.push_back(wire_stream(context, group->name, stream));
    last = std::move(place);
  }
  return output;
}

}  // namespace penstock::aws::logs
