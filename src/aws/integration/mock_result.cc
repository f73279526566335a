// Checks a mocked result against the shape of the call's answer, in AWS's words (recorded). Names are those of Step
// Functions: the model's with a capital letter.
#include <algorithm>

#include "aws/integration/integrations.h"
#include "base/encoding.h"
#include "models/dynamodb/item.h"
#include "models/lambda/function.h"

namespace penstock::aws::integration {
namespace {

std::string states_name(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

using Problem = std::optional<std::string>;

Problem field(std::string_view name, std::string_view what) {
  return "Field '" + std::string(name) + "' " + std::string(what);
}

Problem check(const Shape& shape, std::string_view name, const Json& value, bool complete);

Problem check_members(const Shape& shape, const Json& value, bool complete) {
  for (const Member& member : shape.members) {
    std::string name = states_name(member.name);
    const Json* given = value.find(name);
    if (!given && member.required && complete) return "Required field '" + name + "' is missing";
    if (!given) continue;
    if (Problem problem = check(*member.shape, name, *given, complete)) return problem;
  }
  return std::nullopt;
}

Problem check_number(const Shape& shape, std::string_view name, const Json& value) {
  if (!value.is_number()) return field(name, "must be a number");
  if (shape.has_min && value.as_double() < static_cast<double>(shape.min))
    return field(name, "is less than the minimum value");
  if (shape.has_max && value.as_double() > static_cast<double>(shape.max))
    return field(name, "exceeds the maximum value");
  return std::nullopt;
}

Problem check(const Shape& shape, std::string_view name, const Json& value, bool complete) {
  switch (shape.type) {
    case Type::structure:
      return value.is_object() ? check_members(shape, value, complete) : field(name, "must be an object");
    case Type::list:
      if (!value.is_array()) return field(name, "must be an array");
      for (const Json& item : value.items()) {
        if (Problem problem = check(*shape.element->shape, name, item, complete)) return problem;
      }
      return std::nullopt;
    case Type::map:
      if (!value.is_object()) return field(name, "must be an object");
      for (const JsonMember& member : value.members()) {
        if (Problem problem = check(*shape.element->shape, member.key, member.value, complete)) return problem;
      }
      return std::nullopt;
    case Type::integer:
    case Type::long_integer:
    case Type::floating:
      return check_number(shape, name, value);
    case Type::boolean:
      return value.is_boolean() ? Problem() : field(name, "must be a boolean");
    case Type::string:
    case Type::timestamp:
    case Type::blob:
    case Type::body:
    case Type::stream:
      break;
    case Type::document:
      return std::nullopt;
  }
  if (!value.is_string()) return field(name, "must be a string");
  bool known = shape.values.empty() || std::ranges::find(shape.values, value.as_string()) != shape.values.end();
  return known ? Problem() : field(name, "is not an expected value");
}

// Operations that are not served, but much used in definitions: their results can be mocked.
constexpr const OperationModel* only_mocked[] = {
    &lambda::GetFunction::model, &lambda::Invoke::model,    &dynamodb::DeleteItem::model,
    &dynamodb::GetItem::model,   &dynamodb::PutItem::model, &dynamodb::UpdateItem::model,
};

const OperationModel* find_only_mocked(const Resource& resource) {
  for (const OperationModel* model : only_mocked) {
    if (model->service->name == resource.service && model->name == states_name(resource.action)) return model;
  }
  return nullptr;
}

// Lambda's own integration gives the function's answer as the JSON that it is.
bool is_any_json(const Resource& resource, const JsonMember& member) {
  return !resource.sdk && resource.service == "lambda" && member.key == "Payload";
}

}  // namespace

std::optional<std::string> Integrations::refuse_result(std::string_view text, const Json& result, bool complete) const {
  std::optional<Resource> resource = parse_resource(text);
  if (!resource) return std::nullopt;
  bool starts_job = !resource->sdk && resource->waits_for_job();
  if (starts_job || resource->pattern == Resource::Pattern::token) return std::nullopt;  // another call's answer
  Outcome<const Operation*> operation = front_.find(resource->service, resource->action);
  const OperationModel* model = operation ? (*operation)->model : find_only_mocked(*resource);
  if (!model || !model->output) return std::nullopt;
  Json checked = result;
  if (result.is_object()) {
    for (const JsonMember& member : result.members()) {
      if (is_any_json(*resource, member)) checked.erase(member.key);
    }
  }
  return check(*model->output, model->output->name, checked, complete);
}

}  // namespace penstock::aws::integration
