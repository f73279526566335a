#include "define/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "define/request.h"

namespace penstock::define {

namespace {

using What = ValueNode::What;

bool absent(const Value& value) {
  return value.node().what == What::literal && value.node().literal.is_null();
}

// A list some of whose items are filled while the machine runs: it can only be written as States.Array(...).
bool has_placeholder_items(const ValueNode& node) {
  return node.what == What::list &&
         std::ranges::any_of(node.items, [](const Value& item) { return item.node().placeholder(); });
}

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(value);
  return list;
}

// The steps that `start` leads to, in order; what only errors lead to comes last.
std::vector<const StepNode*> reached(const StepNode* start) {
  std::vector<const StepNode*> order;
  std::set<const StepNode*> seen;
  std::vector<const StepNode*> handlers;
  std::vector<const StepNode*> stack = {start};
  while (!stack.empty() || !handlers.empty()) {
    if (stack.empty()) {
      stack.assign(handlers.rbegin(), handlers.rend());
      handlers.clear();
    }
    const StepNode* step = stack.back();
    stack.pop_back();
    if (step == nullptr || !seen.insert(step).second) continue;
    order.push_back(step);
    for (const CatchNode& caught : step->catches) handlers.push_back(caught.handler);
    stack.push_back(step->next);
    stack.push_back(step->otherwise);
    for (auto choice = step->choices.rbegin(); choice != step->choices.rend(); ++choice) stack.push_back(choice->next);
  }
  return order;
}

Json retry_json(const Retry& retry) {
  Json json = Json::object();
  json.set("ErrorEquals", texts(retry.errors));
  if (retry.interval_seconds) json.set("IntervalSeconds", *retry.interval_seconds);
  if (retry.max_attempts) json.set("MaxAttempts", *retry.max_attempts);
  if (retry.backoff_rate) json.set("BackoffRate", *retry.backoff_rate);
  if (retry.max_delay_seconds) json.set("MaxDelaySeconds", *retry.max_delay_seconds);
  if (retry.full_jitter) json.set("JitterStrategy", "FULL");
  return json;
}

// "NumericGreaterThanEquals" and the like.
std::string operator_name(Condition::Test test, Type type) {
  const std::string_view kind = type == Type::number ? "Numeric" : type == Type::boolean ? "Boolean" : "String";
  switch (test) {
    case Condition::Test::less:
      return fmt::format("{}LessThan", kind);
    case Condition::Test::at_most:
      return fmt::format("{}LessThanEquals", kind);
    case Condition::Test::greater:
      return fmt::format("{}GreaterThan", kind);
    case Condition::Test::at_least:
      return fmt::format("{}GreaterThanEquals", kind);
    case Condition::Test::matches:
      return "StringMatches";
    case Condition::Test::is_present:
      return "IsPresent";
    case Condition::Test::is_null:
      return "IsNull";
    default:
      return fmt::format("{}Equals", kind);
  }
}

}  // namespace

void Writer::add(std::string code, std::string message, std::string location) {
  findings.push_back({std::move(code), std::move(message), std::move(location)});
}

Json Writer::flow(const FlowNode& flow, const std::string& location) {
  Json json = Json::object();
  if (flow.start == nullptr) {
    add("EMPTY_FLOW", "there is no step here; make one", location);
    return json;
  }
  json.set("StartAt", flow.start->name);
  Json states = Json::object();
  const std::vector<const StepNode*> order = reached(flow.start);
  for (const StepNode* step : order) {
    const std::string place = fmt::format("{}/States/{}", location, step->name);
    if (states.find(step->name) != nullptr)
      add("DUPLICATE_STATE_NAME", fmt::format("two steps are named '{}'", step->name), place);
    states.set(step->name, state(*step, place));
  }
  for (const auto& step : flow.steps) {
    if (std::ranges::find(order, step.get()) == order.end())
      add("UNREACHABLE_STEP", fmt::format("nothing leads to step '{}'", step->name),
          fmt::format("{}/States/{}", location, step->name));
  }
  json.set("States", std::move(states));
  return json;
}

Json Writer::state(const StepNode& step, const std::string& location) {
  Json json = Json::object();
  json.set("Type", step.type);
  if (!step.comment.empty()) json.set("Comment", step.comment);
  request(json, step, location);
  if (step.type == "Wait") put_field(json, "Seconds", step.seconds, location);
  if (step.type == "Choice") {
    choices(json, step, location);
    return json;
  }
  if (step.type == "Fail") {
    if (!absent(step.error)) put_field(json, "Error", step.error, location);
    if (!absent(step.cause)) put_field(json, "Cause", step.cause, location);
    return json;
  }
  if (step.type == "Succeed") return json;
  flows(json, step, location);
  results(json, step, location);
  errors(json, step);
  if (step.next != nullptr) {
    json.set("Next", step.next->name);
  } else {
    json.set("End", true);
  }
  return json;
}

void Writer::request(Json& target, const StepNode& step, const std::string& location) {
  if (!step.resource.empty()) target.set("Resource", step.resource);
  if (step.parameters) {
    const ValueNode& node = step.parameters->node();
    if (node.what == What::path) {
      target.set("InputPath", node.text);
    } else {
      const std::string place = location + "/Parameters";
      if (node.what != What::object && node.what != What::invalid)
        add("WRONG_TYPE", "parameters are an object or a path", place);
      target.set("Parameters", tree(*step.parameters, place));
      if (const aws::OperationModel* operation = operation_of(step.resource))
        check_request(*operation, *step.parameters, place, findings);
    }
  }
  if (step.timeout) put_field(target, "TimeoutSeconds", *step.timeout, location);
  if (step.heartbeat) put_field(target, "HeartbeatSeconds", *step.heartbeat, location);
}

void Writer::results(Json& target, const StepNode& step, const std::string& location) {
  if (step.selected) target.set("ResultSelector", members(*step.selected, location + "/ResultSelector"));
  if (step.result_discarded) {
    target.set("ResultPath", Json());
  } else if (!step.kept_as.empty()) {
    target.set("ResultPath", make_path("$", Type::any)[step.kept_as].node().text);
  }
}

void Writer::errors(Json& target, const StepNode& step) {
  if (!step.retries.empty()) {
    Json list = Json::array();
    for (const Retry& retry : step.retries) list.push_back(retry_json(retry));
    target.set("Retry", std::move(list));
  }
  if (step.catches.empty()) return;
  Json list = Json::array();
  for (const CatchNode& caught : step.catches) {
    Json json = Json::object();
    json.set("ErrorEquals", texts(caught.errors));
    if (!caught.keep_as.empty()) json.set("ResultPath", make_path("$", Type::any)[caught.keep_as].node().text);
    json.set("Next", caught.handler->name);
    list.push_back(std::move(json));
  }
  target.set("Catch", std::move(list));
}

void Writer::choices(Json& target, const StepNode& step, const std::string& location) {
  Json list = Json::array();
  for (const ChoiceNode& choice : step.choices) {
    Json rule = condition(choice.condition, fmt::format("{}/Choices/{}", location, list.size()));
    rule.set("Next", choice.next->name);
    list.push_back(std::move(rule));
  }
  target.set("Choices", std::move(list));
  if (step.otherwise != nullptr) target.set("Default", step.otherwise->name);
}

void Writer::flows(Json& target, const StepNode& step, const std::string& location) {
  if (step.type == "Map") {
    put_field(target, "Items", step.items, location);
    if (!absent(step.map_options.selector))
      target.set("ItemSelector", tree(step.map_options.selector, location + "/ItemSelector"));
    if (step.map_options.max_concurrency) target.set("MaxConcurrency", *step.map_options.max_concurrency);
    Json processor = Json::object();
    processor.set("ProcessorConfig", Json::object({{"Mode", "INLINE"}}));
    const Json states = flow(*step.flows.front(), location + "/ItemProcessor");
    for (const JsonMember& member : states.members()) processor.set(member.key, member.value);
    target.set("ItemProcessor", std::move(processor));
  } else if (step.type == "Parallel") {
    Json branches = Json::array();
    for (const auto& branch : step.flows)
      branches.push_back(flow(*branch, fmt::format("{}/Branches/{}", location, branches.size())));
    target.set("Branches", std::move(branches));
  }
}

Json Writer::condition(const Condition& condition, const std::string& location) {
  Json json = Json::object();
  switch (condition.test) {
    case Condition::Test::all:
    case Condition::Test::any: {
      const char* key = condition.test == Condition::Test::all ? "And" : "Or";
      Json parts = Json::array();
      for (const Condition& part : condition.parts)
        parts.push_back(this->condition(part, fmt::format("{}/{}/{}", location, key, parts.size())));
      json.set(key, std::move(parts));
      return json;
    }
    case Condition::Test::negation:
      json.set("Not", this->condition(condition.parts.front(), location + "/Not"));
      return json;
    default:
      return comparison(condition, location);
  }
}

Json Writer::comparison(const Condition& condition, const std::string& location) {
  Json json = Json::object();
  const ValueNode& left = condition.left.node();
  const ValueNode& right = condition.right.node();
  if (left.what == What::invalid) {
    add("WRONG_PLACEHOLDER", left.text, location);
  } else if (left.what != What::path) {
    add("WRONG_TYPE", "the left side of a condition is a path", location);
  }
  json.set("Variable", left.text);
  const Type type = right.type != Type::any ? right.type : left.type;
  const bool typed = condition.test <= Condition::Test::at_least;
  if (typed && type != Type::text && type != Type::number && type != Type::boolean)
    add("UNKNOWN_TYPE", fmt::format("what is compared with {} has no known type; give one side a type", left.text),
        location);
  if (typed && left.type != Type::any && right.type != Type::any && left.type != right.type)
    add("WRONG_TYPE",
        fmt::format("{} is {}, and is compared with {}", left.text, type_name(left.type), type_name(right.type)),
        location);
  put_field(json, operator_name(condition.test, type), condition.right, location);
  return json;
}

void Writer::put(Json& target, const std::string& key, const Value& value, const std::string& location) {
  const ValueNode& node = value.node();
  const std::string place = fmt::format("{}/{}", location, key);
  if (node.placeholder() || has_placeholder_items(node)) {
    target.set(key + ".$", expression(value, place));
  } else {
    target.set(key, tree(value, place));
  }
}

void Writer::put_field(Json& target, const std::string& key, const Value& value, const std::string& location) {
  const ValueNode& node = value.node();
  const std::string place = fmt::format("{}/{}", location, key);
  if (node.placeholder()) {
    target.set(key + "Path", expression(value, place));
  } else if (key == "Items") {
    add("WRONG_TYPE", "a Map takes its items from a path", place);
  } else {
    target.set(key, tree(value, place));
  }
}

Json Writer::tree(const Value& value, const std::string& location) {
  const ValueNode& node = value.node();
  switch (node.what) {
    case What::literal:
      return node.literal;
    case What::parameter:
      return fmt::format("${{{}}}", node.text);
    case What::object:
      return members(node.members, location);
    case What::list: {
      Json items = Json::array();
      for (const Value& item : node.items) items.push_back(tree(item, fmt::format("{}/{}", location, items.size())));
      return items;
    }
    case What::invalid:
      add("WRONG_PLACEHOLDER", node.text, location);
      return {};
    case What::path:
    case What::call:
      add("WRONG_PLACEHOLDER", fmt::format("no placeholder can stand here: {}", node.text), location);
      return {};
  }
  return {};
}

Json Writer::members(const Members& members, const std::string& location) {
  Json json = Json::object();
  for (const auto& [name, value] : members) put(json, name, value, location);
  return json;
}

std::string Writer::expression(const Value& value, const std::string& location) {
  const ValueNode& node = value.node();
  switch (node.what) {
    case What::path:
      return node.text;
    case What::parameter:
      return fmt::format("'${{{}}}'", node.text);
    case What::literal:
      if (!node.literal.is_string()) return to_string(node.literal);
      return fmt::format("'{}'",
                         replace_all(replace_all(std::string(node.literal.as_string()), "\\", "\\\\"), "'", "\\'"));
    case What::list:
    case What::call: {
      std::string arguments;
      for (const Value& item : node.items) {
        if (!arguments.empty()) arguments += ", ";
        arguments += expression(item, location);
      }
      return fmt::format("{}({})", node.what == What::list ? "States.Array" : node.text, arguments);
    }
    case What::object:
      add("WRONG_PLACEHOLDER",
          "an object cannot be an argument of an intrinsic function, or stand in a list beside placeholders", location);
      return {};
    case What::invalid:
      add("WRONG_PLACEHOLDER", node.text, location);
      return {};
  }
  return {};
}

}  // namespace penstock::define
