#include "core/stack/functions.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/encoding.h"

namespace penstock::stack {

namespace {

constexpr std::array<std::string_view, 24> functions = {
    "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap", "Fn::If", "Fn::And",
    "Fn::Or", "Fn::Not", "Fn::Equals", "Fn::ImportValue", "Fn::Base64", "Fn::GetAZs", "Fn::Cidr", "Fn::Length",
    "Fn::ToJsonString",
    // Only in Rules:
    "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"};
constexpr int64_t cidr_blocks_max = 256;  // Fn::Cidr, "count"

std::optional<int64_t> number_in(std::string_view text, int64_t least, int64_t most) {
  int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

// An address as its bytes, 4 or 16; empty when it is none.
std::string address_bytes(std::string_view text) {
  std::array<char, 16> bytes{};
  std::string copy(text);
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 4);
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 16);
  return {};
}

std::string address_text(const std::string& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

// Adds 1 at the bit that has `bits` bits behind it.
void step(std::string& bytes, int64_t bits) {
  size_t index = bytes.size() - 1 - static_cast<size_t>(bits / 8);
  unsigned carry = 1u << (bits % 8);
  for (;; --index) {
    carry += static_cast<unsigned char>(bytes[index]);
    bytes[index] = static_cast<char>(carry & 0xff);
    carry >>= 8;
    if (carry == 0 || index == 0) return;
  }
}

// How many arguments a function takes, and what CloudFormation says when it gets others.
struct Form {
  std::string_view name;
  size_t least;
  size_t most;
  bool begins_with_text;  // not with a function
  std::string_view words;
};

constexpr std::array<Form, 10> forms = {{
    {"Fn::Join", 2, 2, true,
     "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or "
     "a function that returns a list of strings (such as Fn::GetAZs) to be joined."},
    {"Fn::Split", 2, 2, true,
     "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a "
     "function that returns a string to be split."},
    {"Fn::Select", 2, 2, false, "Fn::Select requires a list argument with two elements: an integer index and a list"},
    {"Fn::FindInMap", 3, 4, false,
     "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value"},
    {"Fn::If", 3, 3, true, "Fn::If requires a list argument with three elements: a condition name and two values"},
    {"Fn::Cidr", 2, 3, false,
     "every Fn::Cidr object requires two or three parameters, (1) an IP address block, (2) a count and (3) host bits."},
    {"Fn::And", 2, 10, false, "every Fn::And object requires a list of at least 2 and at most 10 boolean parameters."},
    {"Fn::Or", 2, 10, false, "every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters."},
    {"Fn::Not", 1, 1, false, "every Fn::Not object requires one boolean parameter."},
    {"Fn::Equals", 2, 2, false, "every Fn::Equals object requires a list of 2 string parameters."},
}};

}  // namespace

bool is_function(std::string_view key) {
  return std::ranges::find(functions, key) != functions.end();
}

bool is_call(const Json& value) {
  if (!value.is_object() || value.size() != 1) return false;
  const std::string& key = value.members()[0].key;
  return key == "Ref" || key.starts_with("Fn::");
}

Outcome<std::vector<SubPiece>> parse_sub(std::string_view text) {
  std::vector<SubPiece> pieces;
  std::string literal;
  while (!text.empty()) {
    size_t open = text.find("${");
    literal.append(text.substr(0, open));
    if (open == std::string_view::npos) break;
    text.remove_prefix(open + 2);
    size_t close = text.find('}');
    if (close == std::string_view::npos) {
      return template_error("the string given to Fn::Sub has an unclosed ${: write ${!...} for literal text");
    }
    std::string_view name = trim(text.substr(0, close));
    text.remove_prefix(close + 1);
    if (name.starts_with('!')) {
      literal.append("${").append(name.substr(1)).append("}");
      continue;
    }
    bool valid = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == ':' ||
             c == '_' || c == '-';
    });
    if (!valid) {
      return template_error(
          "variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and "
          "colons");
    }
    if (!literal.empty()) pieces.push_back({std::move(literal), {}});
    literal.clear();
    pieces.push_back({{}, std::string(name)});
  }
  if (!literal.empty()) pieces.push_back({std::move(literal), {}});
  return pieces;
}

Outcome<std::vector<std::string>> cidr_blocks(std::string_view block, int64_t count, int64_t bits) {
  size_t slash = block.find('/');
  std::string address = address_bytes(block.substr(0, slash));
  auto width = static_cast<int64_t>(address.size() * 8);
  std::optional<int64_t> prefix =
      slash == std::string_view::npos ? std::nullopt : number_in(block.substr(slash + 1), 0, width);
  if (address.empty() || !prefix) return template_error(fmt::format("Fn::Cidr: {} is not a valid CIDR block", block));
  if (count < 1 || count > cidr_blocks_max) return template_error("Fn::Cidr: count must be between 1 and 256");
  int64_t room = width - *prefix;  // bits
  if (bits < 1 || bits > room) {
    return template_error(fmt::format("Fn::Cidr: {} host bits do not fit into {}", bits, block));
  }
  if (room - bits < 9 && count > int64_t{1} << (room - bits)) {
    return template_error(fmt::format("Fn::Cidr: {} blocks of {} host bits do not fit into {}", count, bits, block));
  }
  for (int64_t bit = 0; bit < room; ++bit) {
    address[address.size() - 1 - static_cast<size_t>(bit / 8)] &= static_cast<char>(~(1u << (bit % 8)));
  }
  std::vector<std::string> blocks;
  while (blocks.size() < static_cast<size_t>(count)) {
    blocks.push_back(fmt::format("{}/{}", address_text(address), width - bits));
    step(address, bits);
  }
  return blocks;
}

Outcome<void> check_call(std::string_view name, const Json& argument) {
  auto form = std::ranges::find(forms, name, &Form::name);
  if (form == forms.end()) return {};
  bool text_first = argument[size_t{0}].is_string() || !form->begins_with_text;
  bool empty_delimiter = name == "Fn::Split" && argument[size_t{0}] == Json("");
  if (argument.is_array() && argument.size() >= form->least && argument.size() <= form->most && text_first &&
      !empty_delimiter) {
    return {};
  }
  return template_error(form->words);
}

bool scalar_text(const Json& value, std::string& text) {
  switch (value.kind()) {
    case Json::Kind::string:
      text = value.as_string();
      return true;
    case Json::Kind::number:
      text = value.lexeme();
      return true;
    case Json::Kind::boolean:
      text = value.as_boolean() ? "true" : "false";
      return true;
    default:
      return false;
  }
}

Error template_error(std::string_view what) {
  return Error{"ValidationError", fmt::format("Template error: {}", what)};
}

}  // namespace penstock::stack
