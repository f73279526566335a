#include "core/access/policy_condition.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "base/time.h"

namespace penstock::access {

namespace {

Error malformed(std::string message) {
  return Error{"MalformedPolicyDocument", std::move(message), 400};
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Seconds since 1970 of a W3C date ("2026-11-24", "2026-11-24T10:00:00Z") or of such a number.
std::optional<double> date_of(const std::string& text) {
  if (std::optional<double> number = number_of(text)) return number;
  std::optional<Time> time = parse_iso8601(text.find('T') == std::string::npos ? text + "T00:00:00Z" : text);
  if (!time) return std::nullopt;
  return time->seconds();
}

struct Address {
  std::array<uint8_t, 16> bytes = {};
  size_t size = 0;  // 4 or 16
};

std::optional<Address> address_of(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
  } else if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
  } else {
    return std::nullopt;
  }
  return address;
}

// `network`: an address, or one with a prefix length, 203.0.113.0/24.
bool is_in_network(const std::string& network, const std::string& text) {
  size_t slash = network.find('/');
  std::optional<Address> wanted = address_of(network.substr(0, slash));
  std::optional<Address> given = address_of(text);
  if (!wanted || !given || wanted->size != given->size) return false;
  size_t bits = wanted->size * 8;
  if (slash != std::string::npos) {
    std::optional<double> length = number_of(std::string_view(network).substr(slash + 1));
    if (!length || *length < 0 || *length > static_cast<double>(bits)) return false;
    bits = static_cast<size_t>(*length);
  }
  for (size_t bit = 0; bit < bits; ++bit) {
    unsigned mask = 0x80U >> (bit % 8);
    if ((wanted->bytes[bit / 8] & mask) != (given->bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// A condition's value as text: numbers and booleans may stand without quotes.
std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_number()) return std::string(value.lexeme());
  if (value.is_boolean()) return value.as_boolean() ? "true" : "false";
  return std::nullopt;
}

}  // namespace

bool PolicyCondition::read_operator(std::string_view text, PolicyCondition& condition) {
  struct Row {
    std::string_view name;
    Kind kind;
    bool negated;
  };
  static constexpr Row rows[] = {
      {"stringequals", Kind::string_equals, false},
      {"stringnotequals", Kind::string_equals, true},
      {"stringequalsignorecase", Kind::string_equals_ignoring_case, false},
      {"stringnotequalsignorecase", Kind::string_equals_ignoring_case, true},
      {"stringlike", Kind::string_like, false},
      {"stringnotlike", Kind::string_like, true},
      {"numericequals", Kind::numeric_equals, false},
      {"numericnotequals", Kind::numeric_equals, true},
      {"numericlessthan", Kind::numeric_less, false},
      {"numericlessthanequals", Kind::numeric_less_equal, false},
      {"numericgreaterthan", Kind::numeric_greater, false},
      {"numericgreaterthanequals", Kind::numeric_greater_equal, false},
      {"dateequals", Kind::date_equals, false},
      {"datenotequals", Kind::date_equals, true},
      {"datelessthan", Kind::date_less, false},
      {"datelessthanequals", Kind::date_less_equal, false},
      {"dategreaterthan", Kind::date_greater, false},
      {"dategreaterthanequals", Kind::date_greater_equal, false},
      {"bool", Kind::boolean, false},
      {"binaryequals", Kind::binary, false},
      {"ipaddress", Kind::ip_address, false},
      {"notipaddress", Kind::ip_address, true},
      {"arnequals", Kind::arn, false},
      {"arnlike", Kind::arn, false},
      {"arnnotequals", Kind::arn, true},
      {"arnnotlike", Kind::arn, true},
      {"null", Kind::null, false},
  };
  std::string lower = to_lower(text);
  std::string_view name = lower;
  if (take_prefix(name, "forallvalues:")) condition.several_ = Several::all;
  if (take_prefix(name, "foranyvalue:")) condition.several_ = Several::any;
  if (name.ends_with("ifexists") && name != "null") {
    condition.if_exists_ = true;
    name.remove_suffix(8);
  }
  auto row = std::find_if(std::begin(rows), std::end(rows), [&](const Row& r) { return r.name == name; });
  if (row == std::end(rows)) return false;
  condition.kind_ = row->kind;
  condition.negated_ = row->negated;
  return true;
}

Outcome<std::vector<PolicyCondition>> PolicyCondition::compile(const Json& block, bool variables) {
  std::vector<PolicyCondition> conditions;
  if (!block.is_object()) return malformed("Syntax errors in policy.");
  for (const JsonMember& entry : block.members()) {
    PolicyCondition condition;
    if (!read_operator(entry.key, condition)) return malformed(fmt::format("Invalid Condition type : {}.", entry.key));
    if (!entry.value.is_object()) return malformed("Syntax errors in policy.");
    for (const JsonMember& key : entry.value.members()) {
      if (key.key.find(':') == std::string::npos) {
        return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
      }
      condition.key_ = to_lower(key.key);
      condition.values_.clear();
      std::vector<Json> listed;
      if (key.value.is_array()) listed.assign(key.value.items().begin(), key.value.items().end());
      if (!key.value.is_array()) listed.push_back(key.value);
      for (const Json& value : listed) {
        std::optional<std::string> text = text_of(value);
        if (!text) return malformed("Syntax errors in policy.");
        condition.values_.push_back(PolicyText::compile(*text, variables));
      }
      conditions.push_back(condition);
    }
  }
  return conditions;
}

bool PolicyCondition::matches_one(const PolicyText& wanted, const std::string& given, const RequestKeys& keys) const {
  if (kind_ == Kind::string_like) return wanted.matches(given, keys);
  if (kind_ == Kind::arn) return wanted.matches_arn(given, keys);
  std::optional<std::string> text = wanted.text(keys);
  if (!text) return false;
  auto compare = [](std::optional<double> left, std::optional<double> right, auto order) {
    return left && right && order(*left, *right);
  };
  switch (kind_) {
    case Kind::string_equals:
      return given == *text;
    case Kind::string_equals_ignoring_case:
    case Kind::boolean:
      return to_lower(given) == to_lower(*text);
    case Kind::numeric_equals:
      return compare(number_of(given), number_of(*text), std::equal_to<>());
    case Kind::numeric_less:
      return compare(number_of(given), number_of(*text), std::less<>());
    case Kind::numeric_less_equal:
      return compare(number_of(given), number_of(*text), std::less_equal<>());
    case Kind::numeric_greater:
      return compare(number_of(given), number_of(*text), std::greater<>());
    case Kind::numeric_greater_equal:
      return compare(number_of(given), number_of(*text), std::greater_equal<>());
    case Kind::date_equals:
      return compare(date_of(given), date_of(*text), std::equal_to<>());
    case Kind::date_less:
      return compare(date_of(given), date_of(*text), std::less<>());
    case Kind::date_less_equal:
      return compare(date_of(given), date_of(*text), std::less_equal<>());
    case Kind::date_greater:
      return compare(date_of(given), date_of(*text), std::greater<>());
    case Kind::date_greater_equal:
      return compare(date_of(given), date_of(*text), std::greater_equal<>());
    case Kind::binary:
      return from_base64(given) == from_base64(*text) && from_base64(given).has_value();
    case Kind::ip_address:
      return is_in_network(*text, given);
    case Kind::string_like:
    case Kind::arn:
    case Kind::null:
      break;
  }
  return false;
}

bool PolicyCondition::matches_value(const std::string& given, const RequestKeys& keys) const {
  bool any = std::ranges::any_of(values_, [&](const PolicyText& wanted) { return matches_one(wanted, given, keys); });
  return any != negated_;
}

bool PolicyCondition::holds(const RequestKeys& keys) const {
  std::optional<std::vector<std::string>> given = keys.find(key_);
  if (kind_ == Kind::null) {
    const std::string absent = given ? "false" : "true";
    return std::ranges::any_of(
        values_, [&](const PolicyText& wanted) { return to_lower(wanted.text(keys).value_or("")) == absent; });
  }
  if (!given || given->empty()) {
    if (several_ == Several::any) return if_exists_;
    return if_exists_ || negated_ || several_ == Several::all;
  }
  auto matches = [&](const std::string& value) { return matches_value(value, keys); };
  if (several_ == Several::all) return std::ranges::all_of(*given, matches);
  if (several_ == Several::any) return std::ranges::any_of(*given, matches);
  // Without a quantifier: equal to one of the values, and "not" means equal to none.
  return negated_ ? std::ranges::all_of(*given, matches) : std::ranges::any_of(*given, matches);
}

}  // namespace penstock::access
