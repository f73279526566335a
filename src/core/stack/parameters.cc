#include "core/stack/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "base/encoding.h"
#include "core/stack/functions.h"
#include "core/stack/parameter_pattern.h"

namespace penstock::stack {

namespace {

constexpr size_t value_bytes_max = 4'096;  // CloudFormation quotas, "Parameter values"

Error invalid(std::string text) {
  return Error{"ValidationError", std::move(text)};
}

constexpr std::string_view stored_front = "AWS::SSM::Parameter::Value<";

// Of "AWS::SSM::Parameter::Value<X>" X, which says what the stored value is.
std::string_view stored_type(std::string_view type) {
  if (!type.starts_with(stored_front) || !type.ends_with('>')) return {};
  return type.substr(stored_front.size(), type.size() - stored_front.size() - 1);
}

bool is_list_type(std::string_view type) {
  return type == "CommaDelimitedList" || type.starts_with("List<");
}

bool is_text_type(std::string_view type) {
  return type == "String" || type.starts_with("AWS::EC2::") || type.starts_with("AWS::Route53::") ||
         type == "AWS::SSM::Parameter::Name";
}

std::optional<double> as_number(std::string_view text) {
  std::string copy(trim(text));
  if (copy.empty()) return std::nullopt;
  char* end = nullptr;
  double value = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size()) return std::nullopt;
  return value;
}

std::optional<double> bound(const Json& declaration, const char* name) {
  std::string text;
  if (!scalar_text(declaration[name], text)) return std::nullopt;
  return as_number(text);
}

Error refused(const std::string& key, const Json& declaration, std::string text) {
  std::string_view words = declaration.text("ConstraintDescription");
  if (!words.empty()) return invalid(fmt::format("Parameter {} failed to satisfy constraint: {}", key, words));
  return invalid(std::move(text));
}

Outcome<void> check_pattern(const std::string& key, const Json& declaration, const std::string& value) {
  const Json* pattern = declaration.find("AllowedPattern");
  if (!pattern || !pattern->is_string()) return {};
  std::optional<bool> matches = matches_pattern(pattern->as_string(), value);
  if (!matches) {
    return invalid(
        fmt::format("Parameter '{}': AllowedPattern {} is not a valid regular expression", key, pattern->as_string()));
  }
  if (*matches) return {};
  return refused(key, declaration, fmt::format("Parameter '{}' must match pattern {}", key, pattern->as_string()));
}

Outcome<void> check_one(const std::string& key, const Json& declaration, const std::string& value) {
  if (const Json* allowed = declaration.find("AllowedValues"); allowed && allowed->is_array()) {
    std::string text;
    bool found = std::ranges::any_of(allowed->items(),
                                     [&](const Json& item) { return scalar_text(item, text) && text == value; });
    if (!found) return refused(key, declaration, fmt::format("Parameter '{}' must be one of AllowedValues", key));
  }
  std::optional<double> length_min = bound(declaration, "MinLength");
  std::optional<double> length_max = bound(declaration, "MaxLength");
  double length = static_cast<double>(utf8_length(value));
  if (length_min && length < *length_min) {
    return refused(key, declaration,
                   fmt::format("Parameter '{}' must contain at least {} characters", key, *length_min));
  }
  if (length_max && length > *length_max) {
    return refused(key, declaration,
                   fmt::format("Parameter '{}' must contain at most {} characters", key, *length_max));
  }
  std::string_view type = declaration.text("Type");
  if (type == "Number" || type == "List<Number>") {
    std::optional<double> number = as_number(value);
    if (!number) return refused(key, declaration, fmt::format("Parameter '{}' must be a number.", key));
    std::optional<double> least = bound(declaration, "MinValue");
    std::optional<double> most = bound(declaration, "MaxValue");
    if (least && *number < *least) {
      return refused(key, declaration, fmt::format("Parameter '{}' must be a number not less than {}", key, *least));
    }
    if (most && *number > *most) {
      return refused(key, declaration, fmt::format("Parameter '{}' must be a number not greater than {}", key, *most));
    }
  }
  return check_pattern(key, declaration, value);
}

Outcome<void> check_names(const Json& declared, const std::vector<GivenParameter>& given) {
  std::vector<std::string> unknown;
  for (const GivenParameter& parameter : given) {
    if (!declared.find(parameter.key)) unknown.push_back(parameter.key);
  }
  if (unknown.empty()) return {};
  return invalid(fmt::format("Parameters: [{}] do not exist in the template", fmt::join(unknown, ", ")));
}

}  // namespace

// AWS-specific types (an existing key pair, subnet, ...) are taken as text: there are no such things here to check.
Outcome<void> check_type(const std::string& key, std::string_view type) {
  bool is_list = type == "CommaDelimitedList";
  std::string_view inner = type;
  if (std::string_view stored = stored_type(type); !stored.empty()) inner = stored;
  if (inner.starts_with("List<") && inner.ends_with('>')) inner = inner.substr(5, inner.size() - 6);
  if (type == "List<String>") inner = type;  // CommaDelimitedList is its name
  if (is_list || inner == "CommaDelimitedList" || inner == "Number" || is_text_type(inner)) return {};
  return format_error(fmt::format("Unrecognized parameter type: {} of parameter {}", type, key));
}

Outcome<void> check_parameter_value(const std::string& key, const Json& declaration, const std::string& value) {
  if (value.size() > value_bytes_max) {
    return invalid(fmt::format("Parameter '{}' is longer than {} bytes", key, value_bytes_max));
  }
  Json read = is_stored(declaration) ? Json(value) : parameter_value(declaration, value);  // a name is one text
  if (!read.is_array()) return check_one(key, declaration, value);
  for (const Json& item : read.items()) {
    Outcome<void> checked = check_one(key, declaration, std::string(item.as_string()));
    if (!checked) return checked;
  }
  return {};
}

Json parameter_value(const Json& declaration, const std::string& text) {
  std::string_view type = declaration.text("Type");
  std::string_view stored = stored_type(type);
  if (!is_list_type(stored.empty() ? type : stored)) return Json(text);
  Json list = Json::array();
  if (text.empty()) return list;
  for (std::string_view part : split(text, ',')) list.push_back(Json(trim(part)));
  return list;
}

bool is_stored(const Json& declaration) {
  return !stored_type(declaration.text("Type")).empty();
}

bool is_no_echo(const Json& declaration) {
  std::string text;
  return scalar_text(declaration["NoEcho"], text) && text == "true";
}

Outcome<ParameterValues> resolve_parameters(const Template& from, const std::vector<GivenParameter>& given,
                                            const ParameterValues& previous) {
  const Json& declared = from.section("Parameters");
  if (Outcome<void> checked = check_names(declared, given); !checked) return checked.error();
  ParameterValues values;
  if (!declared.is_object()) return values;
  std::vector<std::string> missing;
  for (const JsonMember& parameter : declared.members()) {
    if (Outcome<void> known = check_type(parameter.key, parameter.value.text("Type")); !known) return known.error();
    auto named = [&](const GivenParameter& one) { return one.key == parameter.key; };
    auto found = std::ranges::find_if(given, named);
    std::string value;
    if (found != given.end() && found->use_previous) {
      auto old = previous.find(parameter.key);
      if (old == previous.end()) {
        return invalid(
            fmt::format("Invalid input for parameter key {}. Cannot specify usePreviousValue as true for a "
                        "parameter key not in the previous template",
                        parameter.key));
      }
      value = old->second;
    } else if (found != given.end()) {
      value = found->value;
    } else if (!scalar_text(parameter.value["Default"], value)) {
      missing.push_back(parameter.key);
      continue;
    }
    if (Outcome<void> checked = check_parameter_value(parameter.key, parameter.value, value); !checked)
      return checked.error();
    values[parameter.key] = std::move(value);
  }
  if (!missing.empty()) return invalid(fmt::format("Parameters: [{}] must have values", fmt::join(missing, ", ")));
  return values;
}

}  // namespace penstock::stack
