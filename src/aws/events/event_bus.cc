#include "aws/events/event_bus.h"

#include <fmt/format.h>

#include "aws/events/page.h"
#include "aws/events/rule_record.h"
#include "base/clock.h"
#include "store/records.h"

namespace penstock::aws::events {

namespace {

struct BusRecord {
  std::string name;
  std::optional<std::string> description;
  std::optional<Time> created;
};

BusRecord bus_from(const std::string& name, const Json& record) {
  BusRecord bus{name, std::nullopt, Time{record["created"].as_integer().value_or(0)}};
  if (const Json* description = record.find("description")) bus.description = std::string(description->as_string());
  return bus;
}

EventBus wire_bus(const Context& context, const BusRecord& record) {
  EventBus bus;
  bus.name = record.name;
  bus.arn = bus_arn(context, record.name);
  bus.description = record.description;
  bus.creation_time = bus.last_modified_time = record.created;
  return bus;
}

}  // namespace

Outcome<CreateEventBusOutput> create_event_bus(Context& context, const CreateEventBusInput& input) {
  if (input.event_source_name)
    return validation_error("Penstock does not serve partner event sources (EventSourceName).");
  if (input.kms_key_identifier) return validation_error("Penstock does not serve KmsKeyIdentifier of event buses.");
  if (input.name.find('/') != std::string::npos) {
    return validation_error("Event bus name must not contain '/'.");
  }
  Json record = Json::object({{"created", context.platform.clock.now().microseconds}, {"tags", Json::object()}});
  if (input.description) record.set("description", *input.description);
  if (input.tags) {
    for (const Tag& tag : *input.tags) record.mutable_at("tags").set(tag.key, tag.value);
  }
  bool made = input.name != "default" &&
              context.platform.records.insert(bus_kind, context.region + "/" + input.name, std::move(record));
  if (!made) return Error{"ResourceAlreadyExistsException", fmt::format("Event bus {} already exists.", input.name)};
  CreateEventBusOutput output;
  output.event_bus_arn = bus_arn(context, input.name);
  output.description = input.description;
  return output;
}

Outcome<DescribeEventBusOutput> describe_event_bus(Context& context, const DescribeEventBusInput& input) {
  std::string name = bus_name(input.name);
  if (Outcome<void> there = check_bus(context, name); !there) return there.error();
  DescribeEventBusOutput output;
  output.name = name;
  output.arn = bus_arn(context, name);
  if (std::optional<Json> record = context.platform.records.get(bus_kind, context.region + "/" + name)) {
    BusRecord bus = bus_from(name, *record);
    output.description = bus.description;
    output.creation_time = output.last_modified_time = bus.created;
  }
  return output;
}

Outcome<ListEventBusesOutput> list_event_buses(Context& context, const ListEventBusesInput& input) {
  Outcome<std::string> after = page_start(input.next_token);
  if (!after) return after.error();
  size_t count = static_cast<size_t>(input.limit.value_or(page_default));
  std::string prefix = input.name_prefix.value_or("");
  ListEventBusesOutput output;
  output.event_buses.emplace();
  // The default bus comes first, and is on the first page only.
  if (after->empty() && std::string_view("default").starts_with(prefix)) {
    output.event_buses->push_back(wire_bus(context, {"default", std::nullopt, std::nullopt}));
  }
  std::string region = context.region + "/";
  std::string start = after->empty() || *after == "default" ? std::string() : region + *after;
  for (const store::Records::Record& record :
       context.platform.records.list(bus_kind, region + prefix, start, count + 1)) {
    if (output.event_buses->size() == count) {
      output.next_token = to_base64(*output.event_buses->back().name);
      break;
    }
    output.event_buses->push_back(wire_bus(context, bus_from(record.key.substr(region.size()), record.value)));
  }
  return output;
}

Outcome<DeleteEventBusOutput> delete_event_bus(Context& context, const DeleteEventBusInput& input) {
  std::string name = bus_name(input.name);
  if (name == "default") return validation_error("Cannot delete event bus default.");
  if (!context.platform.records.list(rule_kind, rule_key(context, name, ""), {}, 1).empty()) {
    return validation_error("Event bus can't be deleted since it has rules.");
  }
  context.platform.records.erase(bus_kind, context.region + "/" + name);  // deleting what is not there succeeds
  return DeleteEventBusOutput{};
}

}  // namespace penstock::aws::events
