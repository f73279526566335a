#include "core/event/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace penstock::event {

namespace {

// A condition on a text.
using TextTest = std::function<bool(std::string_view text)>;

// "Numeric matching works with values between -5.0e9 and +5.0e9 inclusive." Source: the user guide.
constexpr double number_max = 5.0e9;

Error reason(std::string message) {
  return {"InvalidPattern", std::move(message)};
}

ValueTest on_text(TextTest test) {
  return [test = std::move(test)](const Json& value) { return value.is_string() && test(value.as_string()); };
}

// ---- wildcard

struct Glyph {
  bool star = false;
  char letter = 0;
};

bool glob(const std::vector<Glyph>& pattern, std::string_view text) {
  size_t place = 0, at = 0, retry_place = 0, retry_at = 0;
  bool starred = false;
  while (at < text.size()) {
    if (place < pattern.size() && pattern[place].star) {
      starred = true;
      retry_place = ++place;
      retry_at = at;
    } else if (place < pattern.size() && pattern[place].letter == text[at]) {
      ++place;
      ++at;
    } else if (starred) {
      place = retry_place;
      at = ++retry_at;
    } else {
      return false;
    }
  }
  while (place < pattern.size() && pattern[place].star) ++place;
  return place == pattern.size();
}

Outcome<TextTest> wildcard_test(std::string_view text) {
  std::vector<Glyph> pattern;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (i + 1 == text.size() || (text[i + 1] != '*' && text[i + 1] != '\\')) {
        return reason("Invalid escape character at pos " + std::to_string(i));
      }
      pattern.push_back({false, text[++i]});
    } else if (text[i] == '*') {
      if (!pattern.empty() && pattern.back().star) {
        return reason("Consecutive wildcard characters at pos " + std::to_string(i - 1));
      }
      pattern.push_back({true, 0});
    } else {
      pattern.push_back({false, text[i]});
    }
  }
  return TextTest([pattern = std::move(pattern)](std::string_view value) { return glob(pattern, value); });
}

// ---- tests of one text, by name

// prefix and suffix take a text or {"equals-ignore-case": text}.
Outcome<TextTest> text_test(std::string_view name, const Json& operand) {
  bool ignore_case = name == "equals-ignore-case";
  const Json* text = &operand;
  if (operand.is_object() && (name == "prefix" || name == "suffix")) {
    ignore_case = true;
    text = operand.size() == 1 ? operand.find("equals-ignore-case") : nullptr;
  }
  if (!text || !text->is_string()) return reason(std::string(name) + " match pattern must be a string");
  std::string wanted(text->as_string());
  if (name == "wildcard") return wildcard_test(wanted);
  if (ignore_case) wanted = to_lower(wanted);
  if (name == "equals-ignore-case")
    return TextTest([wanted](std::string_view value) { return to_lower(value) == wanted; });
  bool prefix = name == "prefix";
  return TextTest([wanted, prefix, ignore_case](std::string_view value) {
    if (value.size() < wanted.size()) return false;
    std::string_view part = prefix ? value.substr(0, wanted.size()) : value.substr(value.size() - wanted.size());
    return ignore_case ? to_lower(part) == wanted : part == wanted;
  });
}

// ---- anything-but

bool is_scalar(const Json& value) {
  return value.is_string() || value.is_number() || value.is_boolean() || value.is_null();
}

Outcome<ValueTest> anything_but(const Json& operand) {
  if (operand.is_object()) {
    if (operand.size() != 1) return reason("anything-but needs exactly one match type");
    const JsonMember& member = operand.members().front();
    std::vector<TextTest> tests;
    std::vector<Json> single{member.value};
    std::span<const Json> items = member.value.is_array() ? member.value.items() : std::span<const Json>(single);
    if (member.key != "prefix" && member.key != "suffix" && member.key != "equals-ignore-case" &&
        member.key != "wildcard") {
      return reason("Unsupported anything-but pattern: " + member.key);
    }
    for (const Json& item : items) {
      bool affix = member.key == "prefix" || member.key == "suffix";
      if (affix && item == Json("")) return reason("Null prefix/suffix not allowed");
      Outcome<TextTest> test = text_test(member.key, item);
      if (!test) return test.error();
      tests.push_back(std::move(*test));
    }
    if (tests.empty()) return reason("anything-but list must not be empty");
    return ValueTest([tests = std::move(tests)](const Json& value) {
      return !value.is_string() ||
             std::ranges::none_of(tests, [&](const TextTest& test) { return test(value.as_string()); });
    });
  }
  std::vector<Json> excluded{operand};
  if (operand.is_array()) excluded.assign(operand.items().begin(), operand.items().end());
  bool texts = std::ranges::all_of(excluded, &Json::is_string);
  bool numbers = std::ranges::all_of(excluded, &Json::is_number);
  bool fit = std::ranges::all_of(excluded, [](const Json& one) { return one.is_string() || one.is_number(); });
  if (!operand.is_array() && !fit) {
    return reason("Value of anything-but must be an array or single string/number value.");
  }
  if (!fit || excluded.empty()) return reason("Inside anything but list, start|null|boolean is not supported.");
  if (!texts && !numbers) {
    return reason("Inside anything but list, either all values are number or string, mixed type is not supported");
  }
  return ValueTest([excluded = std::move(excluded)](const Json& value) {
    return std::ranges::find(excluded, value) == excluded.end();
  });
}

// ---- numeric

struct Bound {
  std::string relation;
  double number = 0;

  bool holds(double value) const {
    if (relation == "<") return value < number;
    if (relation == "<=") return value <= number;
    if (relation == ">") return value > number;
    if (relation == ">=") return value >= number;
    return value == number;
  }
};

Outcome<ValueTest> numeric(const Json& operand) {
  if (!operand.is_array()) return reason("Value of numeric must be an array.");
  std::vector<Bound> bounds;
  for (size_t i = 0; i < operand.size(); i += 2) {
    const Json& relation = operand[i];
    constexpr std::array<std::string_view, 5> known = {"<", "<=", ">", ">=", "="};
    if (!relation.is_string() || std::ranges::find(known, relation.as_string()) == known.end()) {
      return reason("Unrecognized numeric range operator: " + to_string(relation));
    }
    const Json& number = operand[i + 1];
    if (!number.is_number()) return reason("Value of " + std::string(relation.as_string()) + " must be numeric");
    double value = number.as_double();
    if (value < -number_max || value > number_max) return reason("Value must be between -5.0E9 and 5.0E9, inclusive");
    bounds.push_back({std::string(relation.as_string()), value});
  }
  bool range = bounds.size() == 2 && bounds[0].relation[0] == '>' && bounds[1].relation[0] == '<';
  if (bounds.size() == 2 && !range)
    return reason("Bad numeric range operator: a range is a lower bound, then an upper one");
  if (range && bounds[0].number >= bounds[1].number) return reason("Bottom must be less than top");
  if (bounds.empty() || bounds.size() > 2) return reason("Too many or no elements in numeric expression");
  return ValueTest([bounds = std::move(bounds)](const Json& value) {
    return value.is_number() &&
           std::ranges::all_of(bounds, [n = value.as_double()](const Bound& bound) { return bound.holds(n); });
  });
}

// ---- cidr

// 4 or 16 bytes, or nothing.
std::optional<std::string> address_bytes(const std::string& text) {
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 4);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 16);
  return std::nullopt;
}

Outcome<ValueTest> cidr(const Json& operand) {
  std::string_view text = operand.is_string() ? operand.as_string() : std::string_view();
  size_t slash = text.find('/');
  std::optional<std::string> network = address_bytes(std::string(text.substr(0, slash)));
  size_t bits = 0;
  std::string_view digits = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!network || digits.empty() || failure != std::errc{} || end != digits.data() + digits.size() ||
      bits > network->size() * 8) {
    return reason("Malformed CIDR, one '/' required: '" + std::string(text) + "'");
  }
  return on_text([network = *network, bits](std::string_view value) {
    std::optional<std::string> address = address_bytes(std::string(value));
    if (!address || address->size() != network.size()) return false;
    for (size_t bit = 0; bit < bits; ++bit) {
      int mask = 0x80 >> (bit % 8);
      if (((*address)[bit / 8] & mask) != (network[bit / 8] & mask)) return false;
    }
    return true;
  });
}

}  // namespace

Outcome<ValueTest> condition_test(const Json& condition) {
  if (is_scalar(condition)) return ValueTest([condition](const Json& value) { return value == condition; });
  if (!condition.is_object()) return reason("Match value must be String, number, true, false, or null");
  if (condition.size() != 1) return reason("Only one key allowed in match expression");
  const JsonMember& member = condition.members().front();
  if (member.key == "anything-but") return anything_but(member.value);
  if (member.key == "numeric") return numeric(member.value);
  if (member.key == "cidr") return cidr(member.value);
  if (member.key == "exists") {
    if (!member.value.is_boolean()) return reason("exists match pattern must be either true or false.");
    return ValueTest([](const Json&) { return true; });
  }
  if (member.key == "prefix" || member.key == "suffix" || member.key == "equals-ignore-case" ||
      member.key == "wildcard") {
    Outcome<TextTest> test = text_test(member.key, member.value);
    if (!test) return test.error();
    return on_text(std::move(*test));
  }
  return reason("Unrecognized match type " + member.key);
}

}  // namespace penstock::event
