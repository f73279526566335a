#include "core/learn/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/learn/frame.h"

namespace penstock::learn {

Error bad_option(std::string message) {
  return {.code = "BadOption", .message = std::move(message)};
}

Outcome<void> check_keys(const Json& options, const std::vector<std::string_view>& known, std::string_view what) {
  if (options.is_null()) return {};
  if (!options.is_object()) return bad_option(fmt::format("{}: a mapping of options is needed", what));
  for (const JsonMember& member : options.members())
    if (std::find(known.begin(), known.end(), member.key) == known.end())
      return bad_option(fmt::format("{} has no option '{}'{}; it has: {}", what, member.key,
                                    suggestion(member.key, known), fmt::join(known, ", ")));
  return {};
}

Outcome<double> read_number(const Json& options, std::string_view key, double otherwise) {
  const Json& value = options[key];
  if (value.is_null()) return otherwise;
  if (!value.is_number()) return bad_option(fmt::format("'{}' is {}, a number is needed", key, to_string(value)));
  return value.as_double();
}

Outcome<size_t> read_count(const Json& options, std::string_view key, size_t otherwise) {
  const Json& value = options[key];
  if (value.is_null()) return otherwise;
  const auto count = value.is_number() ? value.as_integer() : std::nullopt;
  if (!count || *count < 0)
    return bad_option(fmt::format("'{}' is {}, a whole number from 0 on is needed", key, to_string(value)));
  return static_cast<size_t>(*count);
}

Outcome<bool> read_flag(const Json& options, std::string_view key, bool otherwise) {
  const Json& value = options[key];
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) return bad_option(fmt::format("'{}' is {}, true or false is needed", key, to_string(value)));
  return value.as_boolean();
}

Outcome<std::string> read_text(const Json& options, std::string_view key, std::string_view otherwise) {
  const Json& value = options[key];
  if (value.is_null()) return std::string(otherwise);
  if (!value.is_string()) return bad_option(fmt::format("'{}' is {}, a text is needed", key, to_string(value)));
  return std::string(value.as_string());
}

Outcome<std::string> read_choice(const Json& options, std::string_view key,
                                 const std::vector<std::string_view>& choices) {
  auto text = read_text(options, key, choices.front());
  if (!text) return text;
  if (std::find(choices.begin(), choices.end(), *text) == choices.end())
    return bad_option(
        fmt::format("'{}' is '{}'{}; there are: {}", key, *text, suggestion(*text, choices), fmt::join(choices, ", ")));
  return text;
}

Outcome<std::vector<std::string>> read_texts(const Json& options, std::string_view key) {
  const Json& value = options[key];
  std::vector<std::string> texts;
  if (value.is_null()) return texts;
  if (value.is_string()) return std::vector<std::string>{std::string(value.as_string())};
  if (!value.is_array()) return bad_option(fmt::format("'{}' is {}, a list of names is needed", key, to_string(value)));
  for (const Json& item : value.items()) {
    if (!item.is_string() && !item.is_number())
      return bad_option(fmt::format("'{}' holds {}, a name is needed", key, to_string(item)));
    texts.emplace_back(item.is_string() ? item.as_string() : item.lexeme());
  }
  return texts;
}

Json number_json(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double json_number(const Json& value) {
  if (value.is_number()) return value.as_double();
  if (value.is_string() && value.as_string() == "inf") return std::numeric_limits<double>::infinity();
  if (value.is_string() && value.as_string() == "-inf") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

Json numbers_json(std::span<const double> values) {
  std::vector<Json> items;
  items.reserve(values.size());
  for (const double value : values) items.push_back(number_json(value));
  return items;
}

std::vector<double> json_numbers(const Json& value) {
  std::vector<double> values;
  if (value.is_array())
    for (const Json& item : value.items()) values.push_back(json_number(item));
  return values;
}

}  // namespace penstock::learn
