#include "core/pipeline/jsonata/text_position.h"

#include <algorithm>

namespace penstock::jsonata {

size_t code_point_length(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return std::min(length, text.size() - at);
}

char32_t code_point_at(std::string_view text, size_t at) {
  const size_t length = code_point_length(text, at);
  const auto lead = static_cast<unsigned char>(text[at]);
  if (length == 1) return lead;
  char32_t code = lead & (0x7fU >> length);
  for (size_t next = 1; next < length; ++next) code = code << 6 | (static_cast<unsigned char>(text[at + next]) & 0x3f);
  return code;
}

size_t utf16_units(std::string_view text, size_t bytes) {
  size_t units = 0;
  for (char c : text.substr(0, bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

size_t utf16_offset(std::string_view text, size_t units) {
  size_t at = 0;
  while (at < text.size() && units > 0) {
    const size_t length = code_point_length(text, at);
    units -= std::min<size_t>(units, length == 4 ? 2 : 1);
    at += length;
  }
  return at;
}

size_t code_points(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

size_t code_point_offset(std::string_view text, size_t count) {
  size_t at = 0;
  for (; at < text.size() && count > 0; --count) at += code_point_length(text, at);
  return at;
}

}  // namespace penstock::jsonata
