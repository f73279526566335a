#include "aws/states/input_schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penstock::aws::states {

namespace {

constexpr std::string_view tag_prefix = "penstock:input/";
constexpr std::string_view optional_mark = " optional";

struct TypeName {
  std::string_view name, shown;
  bool (*fits)(const Json&);
};
constexpr std::array<TypeName, 6> types = {{
    {"string", "a string", [](const Json& value) { return value.is_string(); }},
    {"number", "a number", [](const Json& value) { return value.is_number(); }},
    {"boolean", "true or false", [](const Json& value) { return value.is_boolean(); }},
    {"object", "an object", [](const Json& value) { return value.is_object(); }},
    {"array", "an array", [](const Json& value) { return value.is_array(); }},
    {"any", "a value", [](const Json&) { return true; }},
}};

struct Field {
  std::string_view name;
  const TypeName* type = nullptr;  // none of that name
  bool optional = false;
};

// Nothing when the tag is about something else.
std::optional<Field> field_of(const JsonMember& tag) {
  if (!tag.key.starts_with(tag_prefix)) return std::nullopt;
  Field field;
  field.name = std::string_view(tag.key).substr(tag_prefix.size());
  std::string_view type = tag.value.as_string();
  field.optional = type.ends_with(optional_mark);
  if (field.optional) type.remove_suffix(optional_mark.size());
  for (const TypeName& known : types) {
    if (known.name == type) field.type = &known;
  }
  return field;
}

std::string shown(const Json& value) {
  constexpr size_t shown_max = 80;
  std::string text = to_string(value);
  if (text.size() > shown_max) text = text.substr(0, shown_max) + "...";
  return text;
}

}  // namespace

Outcome<void> check_schema_tags(const Json& tags) {
  for (const JsonMember& tag : tags.members()) {
    const std::optional<Field> field = field_of(tag);
    if (!field || field->type != nullptr) continue;
    return Error{"ValidationException",
                 fmt::format("The tag '{}' has the value '{}': it takes string, number, boolean, object, array or any, "
                             "and may have ' optional' behind it",
                             tag.key, tag.value.as_string())};
  }
  return {};
}

Outcome<void> check_schema(const Json& tags, std::string_view input) {
  std::optional<Json> given;
  std::vector<std::string> problems;
  for (const JsonMember& tag : tags.members()) {
    const std::optional<Field> field = field_of(tag);
    if (!field || field->type == nullptr) continue;
    if (!given) {
      Outcome<Json> parsed = parse_json(input);
      given = parsed && parsed->is_object() ? std::move(*parsed) : Json::object();
    }
    const Json* value = given->find(field->name);
    if (value == nullptr) {
      if (!field->optional) problems.push_back(fmt::format("{}: is missing", field->name));
    } else if (!field->type->fits(*value)) {
      problems.push_back(fmt::format("{}: must be {}, but is {}", field->name, field->type->shown, shown(*value)));
    }
  }
  if (problems.empty()) return {};
  return Error{"InvalidExecutionInput",
               fmt::format("Invalid State Machine Execution Input: '{}'", fmt::join(problems, "; "))};
}

}  // namespace penstock::aws::states
