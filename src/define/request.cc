#include "define/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/integration/integration.h"
#include "aws/protocol/shape.h"
#include "base/encoding.h"
#include "define/node.h"
#include "models/events/service.h"
#include "models/logs/service.h"
#include "models/s3/service.h"
#include "models/sagemaker/service.h"
#include "models/states/service.h"
#include "models/sts/service.h"

namespace penstock::define {

namespace {

// The services that a task may call and whose models are here, by the name that a resource gives them.
const aws::ServiceModel* service_model(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, const aws::ServiceModel*>, 8> models{{
      {"sagemaker", &aws::sagemaker::service_model},
      {"states", &aws::states::service_model},
      {"sfn", &aws::states::service_model},
      {"s3", &aws::s3::service_model},
      {"cloudwatchlogs", &aws::logs::service_model},
      {"events", &aws::events::service_model},
      {"eventbridge", &aws::events::service_model},
      {"sts", &aws::sts::service_model},
  }};
  const auto* found = std::ranges::find(models, name, &std::pair<std::string_view, const aws::ServiceModel*>::first);
  return found == models.end() ? nullptr : found->second;
}

const aws::OperationModel* find_operation(const aws::ServiceModel& service, std::string_view action) {
  for (const aws::OperationModel* operation : service.operations) {
    if (to_lower(operation->name) == to_lower(action)) return operation;
  }
  return nullptr;
}

bool same_member(std::string_view known, std::string_view asked) {
  return known.size() == asked.size() && !known.empty() &&
         std::tolower(static_cast<unsigned char>(known[0])) == std::tolower(static_cast<unsigned char>(asked[0])) &&
         known.substr(1) == asked.substr(1);
}

std::vector<std::string_view> member_names(const aws::Shape& shape) {
  std::vector<std::string_view> names;
  for (const aws::Member& member : shape.members) names.push_back(member.name);
  return names;
}

// One request under check.
class Check {
 public:
  explicit Check(std::vector<Finding>& findings) : findings_(findings) {}

  void value(const aws::Shape& shape, const Value& value, const std::string& location) {
    const ValueNode& node = value.node();
    if (node.what == ValueNode::What::invalid) return;  // the writer tells of it
    if (node.what == ValueNode::What::object && shape.type == aws::Type::structure)
      return members(shape, node, location);
    if (node.what == ValueNode::What::object && shape.type == aws::Type::map) return entries(shape, node, location);
    if (node.what == ValueNode::What::list && shape.type == aws::Type::list) return items(shape, node, location);
    const Type wanted = type_of(shape);
    if (wanted != Type::any && node.type != Type::any && node.type != wanted)
      return add("WRONG_TYPE",
                 fmt::format("{} is wanted here, and this is {}", type_name(wanted), type_name(node.type)), location);
    if (node.what == ValueNode::What::literal && node.literal.is_string() && !shape.values.empty())
      allowed(shape, node.literal.as_string(), location);
  }

 private:
  void members(const aws::Shape& shape, const ValueNode& node, const std::string& location) {
    for (const auto& [name, value] : node.members) {
      const aws::Shape* member = member_shape(shape, name);
      const std::string place = fmt::format("{}/{}", location, name);
      if (member == nullptr) {
        add("UNKNOWN_MEMBER", unknown_member(shape.name, shape, name), place);
      } else {
        this->value(*member, value, place);
      }
    }
    for (const aws::Member& member : shape.members) {
      const auto given = [&](const auto& entry) { return same_member(member.name, entry.first); };
      if (member.required && !member.idempotency_token && std::ranges::none_of(node.members, given))
        add("MISSING_MEMBER", fmt::format("{} needs '{}'", shape.name, member.name), location);
    }
  }

  void entries(const aws::Shape& shape, const ValueNode& node, const std::string& location) {
    for (const auto& [name, value] : node.members)
      this->value(*shape.element->shape, value, fmt::format("{}/{}", location, name));
  }

  void items(const aws::Shape& shape, const ValueNode& node, const std::string& location) {
    size_t index = 0;
    for (const Value& item : node.items) value(*shape.element->shape, item, fmt::format("{}/{}", location, index++));
  }

  void allowed(const aws::Shape& shape, std::string_view text, const std::string& location) {
    if (std::ranges::find(shape.values, text) != shape.values.end()) return;
    const std::vector<std::string_view> known(shape.values.begin(), shape.values.end());
    add("UNKNOWN_VALUE", fmt::format("{} has no value '{}'{}", shape.name, text, did_you_mean(text, known)), location);
  }

  void add(std::string code, std::string message, std::string location) {
    findings_.push_back({std::move(code), std::move(message), std::move(location)});
  }

  std::vector<Finding>& findings_;
};

}  // namespace

std::string_view type_name(Type type) {
  switch (type) {
    case Type::any:
      return "any value";
    case Type::text:
      return "a text";
    case Type::number:
      return "a number";
    case Type::boolean:
      return "a boolean";
    case Type::object:
      return "an object";
    case Type::list:
      return "a list";
  }
  return "";
}

Type type_of(const aws::Shape& shape) {
  switch (shape.type) {
    case aws::Type::structure:
    case aws::Type::map:
      return Type::object;
    case aws::Type::list:
      return Type::list;
    case aws::Type::integer:
    case aws::Type::long_integer:
    case aws::Type::floating:
      return Type::number;
    case aws::Type::boolean:
      return Type::boolean;
    case aws::Type::string:
      return Type::text;
    case aws::Type::timestamp:
    case aws::Type::blob:
    case aws::Type::document:
    case aws::Type::body:
    case aws::Type::stream:
      break;
  }
  return Type::any;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& names) {
  const std::string_view nearest = nearest_word(name, names);
  return nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
}

const aws::OperationModel* operation_of(std::string_view text) {
  const auto resource = aws::integration::parse_resource(text);
  const aws::ServiceModel* service = resource ? service_model(resource->service) : nullptr;
  return service ? find_operation(*service, resource->action) : nullptr;
}

const aws::Shape* result_shape(std::string_view text) {
  const aws::OperationModel* operation = operation_of(text);
  if (operation == nullptr) return nullptr;
  const auto resource = aws::integration::parse_resource(text);
  if (resource->pattern == aws::integration::Resource::Pattern::token) return nullptr;  // whatever is sent back
  if (resource->waits_for_job()) {
    const aws::integration::Integration* integration = aws::integration::find_integration(*resource);
    if (integration == nullptr || integration->job == nullptr) return nullptr;
    operation = find_operation(*operation->service, integration->job->describe);
  }
  return operation ? operation->output : nullptr;
}

const aws::Shape* member_shape(const aws::Shape& shape, std::string_view name) {
  if (shape.type == aws::Type::map) return shape.element->shape;
  const auto found =
      std::ranges::find_if(shape.members, [&](const aws::Member& member) { return same_member(member.name, name); });
  return found == shape.members.end() ? nullptr : found->shape;
}

std::string unknown_member(std::string_view path, const aws::Shape& shape, std::string_view member) {
  return fmt::format("{} has no member '{}'{}", path, member, did_you_mean(member, member_names(shape)));
}

void check_request(const aws::OperationModel& operation, const Value& parameters, const std::string& location,
                   std::vector<Finding>& findings) {
  Check(findings).value(*operation.input, parameters, location);
}

}  // namespace penstock::define
