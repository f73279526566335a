// A rule and an event bus as they are kept: records of the kinds "events.rule" (key REGION/BUS/NAME) and "events.bus"
// (key REGION/NAME; the default bus has none but is always there).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"

namespace penstock::aws::events {

inline constexpr std::string_view rule_kind = "events.rule";
inline constexpr std::string_view bus_kind = "events.bus";

struct RuleRecord {
  std::string arn, name, bus, region, account;
  std::string pattern, schedule;  // as given; one may be empty
  std::string description, role_arn, created_by;
  bool enabled = true;
  std::string state = "ENABLED";
  Json targets = Json::array();  // as PutTargets got them
  Json tags = Json::object();
  Time anchor;   // when its schedule began: a rate counts from it
  Time changed;  // by a client

  std::string key() const { return region + "/" + bus + "/" + name; }
};

Json to_record(const RuleRecord& rule);
RuleRecord rule_from_record(const Json& record);

// The name in a name or ARN of a bus; "default" when absent.
std::string bus_name(const std::optional<std::string>& name_or_arn);
std::string bus_arn(const Context& context, std::string_view name);
std::string rule_arn(const Context& context, std::string_view bus, std::string_view name);
std::string rule_key(const Context& context, std::string_view bus, std::string_view name);

// Errors: ResourceNotFoundException.
Outcome<void> check_bus(Context& context, const std::string& name);
Outcome<RuleRecord> find_rule(Context& context, const std::string& bus, const std::string& name);
// Reads, edits and writes in one step, and tells the running side. `edit` returns an error to leave the rule as it is.
Outcome<void> edit_rule(Context& context, const std::string& bus, const std::string& name,
                        const std::function<Outcome<void>(RuleRecord&)>& edit);

Error validation_error(std::string message);

}  // namespace penstock::aws::events
