#include "aws/states/arn.h"

#include <algorithm>
#include <vector>

#include "base/encoding.h"

namespace penstock::aws::states {

namespace {

Error invalid_arn(std::string_view reason) {
  return {"InvalidArn", "Invalid Arn: '" + std::string(reason) + "'"};
}

bool is_forbidden(unsigned char character) {
  constexpr std::string_view forbidden = " \t\r\n<>{}[]?*\"#%\\^|~`$&,;:/";
  return character < 0x20 || character == 0x7f ||
         forbidden.find(static_cast<char>(character)) != std::string_view::npos;
}

}  // namespace

bool Arn::names_version() const {
  constexpr size_t digits_max = 18;  // more would not fit a number, and no version is that high
  return !qualifier.empty() && qualifier.size() <= digits_max &&
         std::ranges::all_of(qualifier, [](char c) { return c >= '0' && c <= '9'; });
}

Outcome<Arn> parse_arn(std::string_view text, std::initializer_list<std::string_view> kinds) {
  if (!text.starts_with("arn:")) return invalid_arn("Invalid ARN prefix: " + std::string(text));
  std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() < 7 || parts[2] != "states" || parts[6].empty()) {
    return invalid_arn("Invalid ARN: " + std::string(text));
  }
  if (std::ranges::find(kinds, parts[5]) == kinds.end()) {
    return invalid_arn("Resource type not valid in this context: " + std::string(parts[5]));
  }
  Arn arn;
  arn.text = text;
  arn.kind = parts[5];
  arn.name = parts[6];
  if (parts.size() > 7) arn.qualifier = parts[7];
  arn.machine = text;
  if (arn.kind == "stateMachine" && !arn.qualifier.empty()) arn.machine.resize(text.size() - arn.qualifier.size() - 1);
  return arn;
}

Outcome<Arn> parse_machine_arn(std::string_view text) {
  Outcome<Arn> arn = parse_arn(text, {"stateMachine"});
  if (!arn || arn->name.find('/') == std::string::npos) return arn;
  return Error{"ValidationException",
               "The ARN of a Distributed Map state is not supported by this operation: " + std::string(text)};
}

Outcome<Arn> parse_unqualified_machine_arn(std::string_view text) {
  Outcome<Arn> arn = parse_machine_arn(text);
  if (!arn || arn->qualifier.empty()) return arn;
  return Error{"ValidationException",
               "The ARN of a version or an alias is not supported by this operation: " + std::string(text)};
}

Outcome<void> check_role_arn(std::string_view role) {
  constexpr size_t account_digits = 12;
  const std::vector<std::string_view> parts = split(role, ':');
  bool good = parts.size() == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[3].empty() &&
              parts[4].size() == account_digits && parts[5].starts_with("role/") && parts[5].size() > 5;
  if (good) return {};
  return Error{"InvalidArn", "Invalid Role Arn: '" + std::string(role) + "'"};
}

Outcome<void> check_name(std::string_view name) {
  if (std::ranges::none_of(name, [](char c) { return is_forbidden(static_cast<unsigned char>(c)); })) return {};
  return Error{"InvalidName", "Invalid Name: '" + std::string(name) + "'"};
}

}  // namespace penstock::aws::states
