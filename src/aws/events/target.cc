#include "aws/events/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/delivery/delivery.h"
#include "aws/events/page.h"
#include "aws/events/rule_record.h"
#include "aws/protocol/json_codec.h"
#include "core/event/transformer.h"

namespace penstock::aws::events {

namespace {

constexpr size_t targets_max = 5;  // of a rule: EventBridge quotas

Outcome<void> check_input(const Target& target) {
  int ways = target.input.has_value() + target.input_path.has_value() + target.input_transformer.has_value();
  if (ways > 1)
    return validation_error(
        fmt::format("Only one of Input, InputPath, or InputTransformer must be provided for target {}.", target.id));
  if (target.input && !parse_json(*target.input)) {
    return validation_error(fmt::format("JSON syntax error in input for target {}: {}", target.id,
                                        parse_json(*target.input).error().message));
  }
  if (target.input_path) {
    if (auto path = event::EventPath::parse(*target.input_path); !path) {
      return validation_error(
          fmt::format("Invalid InputPath for target {}. Reason: {}", target.id, path.error().message));
    }
  }
  if (target.input_transformer) {
    event::Transformer::Paths paths;
    if (target.input_transformer->input_paths_map) {
      for (const auto& [name, path] : *target.input_transformer->input_paths_map) paths.emplace_back(name, path);
    }
    auto parsed = event::Transformer::parse(paths, target.input_transformer->input_template);
    if (!parsed)
      return validation_error(
          fmt::format("Invalid InputTransformer for target {}. Reason: {}", target.id, parsed.error().message));
  }
  return {};
}

// Whether such a target is served.
Outcome<void> check_arn(const Target& target) {
  delivery::ArnParts arn = delivery::arn_parts(target.arn);
  if (arn.service.empty())
    return validation_error(
        fmt::format("Parameter {} is not valid. Reason: Provided Arn is not in correct format.", target.arn));
  if (arn.service == "states" && arn.resource.starts_with("stateMachine:")) {
    if (!target.role_arn) return validation_error(fmt::format("RoleArn is required for target {}.", target.arn));
    return {};
  }
  if (arn.service == "logs" && arn.resource.starts_with("log-group:")) return {};
  if (arn.service == "events" && arn.resource.starts_with("event-bus/")) {
    if (!target.input && !target.input_path && !target.input_transformer) return {};
    return validation_error(
        fmt::format("Input, InputPath and InputTransformer are not supported for the event bus target {}.", target.id));
  }
  return validation_error(fmt::format(
      "Penstock does not serve the target {}: targets of rules are Step Functions state machines "
      "(arn:aws:states:...:stateMachine:NAME), log groups (arn:aws:logs:...:log-group:NAME) and event buses "
      "(arn:aws:events:...:event-bus/NAME).",
      target.arn));
}

}  // namespace

Outcome<PutTargetsOutput> put_targets(Context& context, const PutTargetsInput& input) {
  for (const Target& target : input.targets) {
    if (Outcome<void> served = check_arn(target); !served) return served.error();
    if (Outcome<void> valid = check_input(target); !valid) return valid.error();
  }
  Outcome<void> put =
      edit_rule(context, bus_name(input.event_bus_name), input.rule, [&](RuleRecord& rule) -> Outcome<void> {
        std::vector<Json> targets(rule.targets.items().begin(), rule.targets.items().end());
        for (const Target& target : input.targets) {
          std::erase_if(targets, [&](const Json& earlier) { return earlier.text("Id") == target.id; });
          targets.push_back(to_json(target));
        }
        if (targets.size() > targets_max) {
          return Error{"LimitExceededException", "The requested resource exceeds the maximum number allowed."};
        }
        rule.targets = Json(std::move(targets));
        return {};
      });
  if (!put) return put.error();
  PutTargetsOutput output;
  output.failed_entry_count = 0;
  output.failed_entries.emplace();
  return output;
}

Outcome<RemoveTargetsOutput> remove_targets(Context& context, const RemoveTargetsInput& input) {
  RemoveTargetsOutput output;
  output.failed_entry_count = 0;
  output.failed_entries.emplace();
  Outcome<void> removed =
      edit_rule(context, bus_name(input.event_bus_name), input.rule, [&](RuleRecord& rule) -> Outcome<void> {
        std::vector<Json> targets(rule.targets.items().begin(), rule.targets.items().end());
        for (const std::string& id : input.ids) {
          if (std::erase_if(targets, [&](const Json& target) { return target.text("Id") == id; }) > 0) continue;
          output.failed_entries->push_back({id, "ResourceNotFoundException",
                                            fmt::format("Rule {} does not have a target with Id {}.", input.rule, id)});
        }
        rule.targets = Json(std::move(targets));
        return {};
      });
  if (!removed) return removed.error();
  output.failed_entry_count = static_cast<int64_t>(output.failed_entries->size());
  return output;
}

Outcome<ListTargetsByRuleOutput> list_targets_by_rule(Context& context, const ListTargetsByRuleInput& input) {
  Outcome<RuleRecord> rule = find_rule(context, bus_name(input.event_bus_name), input.rule);
  if (!rule) return rule.error();
  Outcome<std::string> after = page_start(input.next_token);
  if (!after) return after.error();
  size_t count = static_cast<size_t>(input.limit.value_or(page_default));
  ListTargetsByRuleOutput output;
  output.targets.emplace();
  bool started = after->empty();
  for (const Json& json : rule->targets.items()) {
    if (!started) {
      started = json.text("Id") == *after;
      continue;
    }
    if (output.targets->size() == count) {
      output.next_token = to_base64(output.targets->back().id);
      break;
    }
    Validation validation;
    if (auto read = from_json(Target::table, json, &output.targets->emplace_back(), validation); !read)
      return read.error();
  }
  return output;
}

}  // namespace penstock::aws::events
