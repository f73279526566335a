#include "core/stack/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/encoding.h"

namespace penstock::stack {

namespace {

constexpr std::array<std::string_view, 18> functions = {
    "Ref",        "Fn::GetAtt", "Fn::Sub",    "Fn::Join",        "Fn::Select", "Fn::Split",       "Fn::FindInMap",
    "Fn::If",     "Fn::And",    "Fn::Or",     "Fn::Not",         "Fn::Equals", "Fn::ImportValue", "Fn::Base64",
    "Fn::GetAZs", "Fn::Cidr",   "Fn::Length", "Fn::ToJsonString"};
constexpr int64_t cidr_blocks_max = 256;  // Fn::Cidr, "count"

std::optional<int64_t> number_in(std::string_view text, int64_t least, int64_t most) {
  int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

std::optional<uint32_t> read_address(std::string_view text) {
  std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  uint32_t address = 0;
  for (std::string_view part : parts) {
    std::optional<int64_t> byte = number_in(part, 0, 255);
    if (!byte) return std::nullopt;
    address = (address << 8) | static_cast<uint32_t>(*byte);
  }
  return address;
}

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
  std::optional<uint32_t> address = read_address(block.substr(0, slash));
  std::optional<int64_t> prefix =
      slash == std::string_view::npos ? std::nullopt : number_in(block.substr(slash + 1), 0, 32);
  if (!address || !prefix) return template_error(fmt::format("Fn::Cidr: {} is not a valid IPv4 CIDR block", block));
  if (count < 1 || count > cidr_blocks_max) return template_error("Fn::Cidr: count must be between 1 and 256");
  if (bits < 1 || bits > 32 - *prefix) {
    return template_error(fmt::format("Fn::Cidr: {} host bits do not fit into {}", bits, block));
  }
  uint64_t size = 1ULL << bits;
  uint64_t room = 1ULL << (32 - *prefix);
  uint64_t first = *address & ~(room - 1);
  if (static_cast<uint64_t>(count) * size > room) {
    return template_error(fmt::format("Fn::Cidr: {} blocks of {} host bits do not fit into {}", count, bits, block));
  }
  std::vector<std::string> blocks;
  for (uint64_t at = first; blocks.size() < static_cast<size_t>(count); at += size) {
    blocks.push_back(fmt::format("{}.{}.{}.{}/{}", at >> 24 & 255, at >> 16 & 255, at >> 8 & 255, at & 255, 32 - bits));
  }
  return blocks;
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
