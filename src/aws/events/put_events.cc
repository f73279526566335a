#include "aws/events/put_events.h"

#include <fmt/format.h>

#include "aws/events/rule_record.h"
#include "base/clock.h"
#include "base/random.h"
#include "core/event/bus.h"
#include "core/event/pattern.h"

namespace penstock::aws::events {

namespace {

constexpr size_t entries_bytes_max = 262'144;  // PutEvents, "event entry size"

size_t size_of(const PutEventsRequestEntry& entry) {
  size_t size =
      entry.source.value_or("").size() + entry.detail_type.value_or("").size() + entry.detail.value_or("").size();
  if (entry.time) size += 14;
  if (entry.resources) {
    for (const std::string& resource : *entry.resources) size += resource.size();
  }
  return size;
}

// The parsed detail, or the entry's error.
Outcome<Json> check_entry(const PutEventsRequestEntry& entry) {
  auto missing = [](std::string_view name) {
    return Error{"InvalidArgument",
                 fmt::format("Parameter {} is not valid. Reason: {} is a required argument.", name, name)};
  };
  if (entry.source.value_or("").empty()) return missing("Source");
  if (entry.detail_type.value_or("").empty()) return missing("DetailType");
  if (entry.detail.value_or("").empty()) return missing("Detail");
  if (entry.source->starts_with("aws."))
    return Error{"NotAuthorizedForSourceException", "Not authorized for the source."};
  Outcome<Json> detail = parse_json(*entry.detail);
  if (!detail || !detail->is_object()) return Error{"MalformedDetail", "Detail is malformed."};
  return detail;
}

event::Event event_of(Context& context, const PutEventsRequestEntry& entry, Json detail, const std::string& id) {
  Json resources = Json::array();
  if (entry.resources) {
    for (const std::string& resource : *entry.resources) resources.push_back(resource);
  }
  event::Event event;
  event.source = *entry.source;
  event.detail_type = *entry.detail_type;
  event.region = context.region;
  event.bus = bus_name(entry.event_bus_name);
  event.whole = Json::object({{"version", "0"},
                              {"id", id},
                              {"detail-type", *entry.detail_type},
                              {"source", *entry.source},
                              {"account", context.account},
                              {"time", to_iso8601_seconds(entry.time.value_or(context.platform.clock.now()))},
                              {"region", context.region},
                              {"resources", std::move(resources)},
                              {"detail", std::move(detail)}});
  return event;
}

}  // namespace

// What matches is kept as deliveries before the answer leaves. As on AWS, an event for a bus that is not there is
// accepted and goes nowhere.
Outcome<PutEventsOutput> put_events(Context& context, const PutEventsInput& input) {
  if (input.endpoint_id) return validation_error("Penstock does not serve global endpoints (EndpointId).");
  size_t bytes = 0;
  for (const PutEventsRequestEntry& entry : input.entries) bytes += size_of(entry);
  if (bytes > entries_bytes_max) {
    return validation_error("Total size of the entries in the request is over the limit.");
  }
  PutEventsOutput output;
  output.failed_entry_count = 0;
  output.entries.emplace();
  for (const PutEventsRequestEntry& entry : input.entries) {
    PutEventsResultEntry& result = output.entries->emplace_back();
    Outcome<Json> detail = check_entry(entry);
    if (!detail) {
      result.error_code = detail.error().code;
      result.error_message = detail.error().message;
      ++*output.failed_entry_count;
      continue;
    }
    result.event_id = context.platform.random.uuid();
    context.platform.bus.publish(event_of(context, entry, std::move(*detail), *result.event_id));
  }
  return output;
}

Outcome<TestEventPatternOutput> test_event_pattern(Context&, const TestEventPatternInput& input) {
  Outcome<event::Pattern> pattern = event::Pattern::parse(input.event_pattern);
  if (!pattern) return pattern.error();
  Outcome<Json> event = parse_json(input.event);
  if (!event || !event->is_object()) return validation_error("Parameter Event is not valid.");
  for (const char* field : {"id", "account", "source", "time", "region", "resources", "detail-type"}) {
    if (!event->find(field))
      return validation_error(fmt::format("Parameter Event is not valid. Reason: {} is a required field.", field));
  }
  return TestEventPatternOutput{pattern->matches(*event)};
}

}  // namespace penstock::aws::events
