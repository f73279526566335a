#include "core/pipeline/map_label.h"

#include <cstdint>
#include <cstdio>

#include "base/encoding.h"

namespace penstock::pipeline {
namespace {

constexpr size_t label_length_max = 40;
constexpr std::string_view refused = " \t\n\r?*<>{}[]:;,\\|^~$#%&`\"";

// The next code point of valid UTF-8, and how many bytes it takes.
std::pair<uint32_t, size_t> code_point(std::string_view text) {
  uint8_t lead = static_cast<uint8_t>(text[0]);
  size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  size = std::min(size, text.size());
  uint32_t value = size == 1 ? lead : lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<uint8_t>(text[i]) & 0x3f);
  return {value, size};
}

bool is_control(uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

// Text as Python's repr() quotes it.
std::string python_quoted(std::string_view text) {
  bool double_quotes = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  char quote = double_quotes ? '"' : '\'';
  std::string out(1, quote);
  while (!text.empty()) {
    auto [point, size] = code_point(text);
    if (point == '\n')
      out += "\\n";
    else if (point == '\r')
      out += "\\r";
    else if (point == '\t')
      out += "\\t";
    else if (point == '\\' || point == static_cast<uint8_t>(quote))
      (out += '\\') += static_cast<char>(point);
    else if (is_control(point)) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", point);
      out += escape;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out += quote;
}

}  // namespace

std::string map_label_problem(std::string_view label) {
  if (label.empty()) return "Label cannot be empty";
  if (utf8_length(label) > label_length_max) return "Label cannot exceed 40 characters";
  while (!label.empty()) {
    auto [point, size] = code_point(label);
    bool bad = is_control(point) || (point < 0x80 && refused.find(static_cast<char>(point)) != std::string_view::npos);
    if (bad) return "Label contains invalid character: " + python_quoted(label.substr(0, size));
    label.remove_prefix(size);
  }
  return {};
}

std::string map_label_message(std::string_view problem, std::string_view definition) {
  return "Error=ValueError Args=[" + python_quoted(problem) + "] in definition '" + std::string(definition) + "'.";
}

}  // namespace penstock::pipeline
