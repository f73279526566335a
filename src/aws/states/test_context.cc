#include "aws/states/test_context.h"

#include <array>

#include "base/clock.h"
#include "base/random.h"

namespace penstock::aws::states {
namespace {

Error invalid_context(const std::string& message) {
  return {"ValidationException", "Invalid Context object provided: " + message};
}

// What the context object may have. Source: "Accessing execution data from the Context object" in the developer guide.
struct ContextField {
  std::string_view part, name;
  enum class Type { text, number, any } type;
};
constexpr std::array context_fields = std::to_array<ContextField>({
    {"Execution", "Id", ContextField::Type::text},
    {"Execution", "Input", ContextField::Type::any},
    {"Execution", "Name", ContextField::Type::text},
    {"Execution", "RoleArn", ContextField::Type::text},
    {"Execution", "StartTime", ContextField::Type::text},
    {"Execution", "RedriveCount", ContextField::Type::number},
    {"Execution", "RedriveTime", ContextField::Type::text},
    {"State", "EnteredTime", ContextField::Type::text},
    {"State", "Name", ContextField::Type::text},
    {"State", "RetryCount", ContextField::Type::number},
    {"StateMachine", "Id", ContextField::Type::text},
    {"StateMachine", "Name", ContextField::Type::text},
    {"Task", "Token", ContextField::Type::text},
    {"Map", "Item", ContextField::Type::any},
});

Outcome<void> check_field(std::string_view part, const JsonMember& member) {
  for (const ContextField& known : context_fields) {
    if (known.part != part || known.name != member.key) continue;
    std::string path = std::string(part) + "." + member.key;
    if (known.type == ContextField::Type::text && !member.value.is_string())
      return invalid_context(path + " must be a string");
    if (known.type == ContextField::Type::number && !member.value.is_number())
      return invalid_context(path + " must be a number");
    return {};
  }
  return invalid_context("Field '" + member.key + "' is not allowed");
}

bool has_token(const Json& state) {
  std::string_view resource = state.text("Resource");
  return state.text("Type") == "Task" && (resource.find(".sync") != std::string_view::npos ||
                                          resource.find(".waitForTaskToken") != std::string_view::npos);
}

Outcome<Json> checked(const std::string& text, const Json& state) {
  Outcome<Json> given = parse_json(text);
  if (!given || !given->is_object()) return invalid_context("Context object must be a JSON object");
  for (const JsonMember& part : given->members()) {
    bool known = false;
    for (const ContextField& field : context_fields) known = known || field.part == part.key;
    if (!known) return invalid_context("Field '" + part.key + "' is not allowed");
    if (!part.value.is_object()) return invalid_context(part.key + " must be an object");
    for (const JsonMember& member : part.value.members()) {
      if (Outcome<void> valid = check_field(part.key, member); !valid) return valid.error();
    }
  }
  if (given->find("Task") && !has_token(state)) {
    return invalid_context(
        "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service "
        "integration pattern");
  }
  return given;
}

}  // namespace

Outcome<Json> test_context(Context& context, const TestStateInput& input, const Json& state, const Json& state_input) {
  if (input.context) return checked(*input.context, state);
  Random& random = context.platform.random;
  std::string machine = random.uuid(), name = random.uuid();
  std::string now = to_iso8601(context.platform.clock.now());
  Json role = input.role_arn ? Json(*input.role_arn) : Json();
  Json about_state = Json::object({{"Name", "StateName"}, {"EnteredTime", now}});
  std::string_view type = state.text("Type");
  if (type == "Task" || type == "Parallel" || type == "Map") {
    int64_t retries = input.state_configuration ? input.state_configuration->retrier_retry_count.value_or(0) : 0;
    about_state.set("RetryCount", retries);
  }
  Json made = Json::object({
      {"Execution", Json::object({{"Id", context.arn("states", "express:" + machine + ":" + name)},
                                  {"Input", state_input},
                                  {"Name", name},
                                  {"RoleArn", std::move(role)},
                                  {"StartTime", now}})},
      {"StateMachine", Json::object({{"Id", context.arn("states", "stateMachine:" + machine)}, {"Name", machine}})},
      {"State", std::move(about_state)},
  });
  if (has_token(state)) made.set("Task", Json::object({{"Token", random.uuid()}}));
  return made;
}

}  // namespace penstock::aws::states
