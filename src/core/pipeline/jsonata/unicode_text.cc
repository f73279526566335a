#include "core/pipeline/jsonata/unicode_text.h"

#include <cstdint>

#include "core/pipeline/jsonata/text_position.h"

namespace penstock::jsonata {

std::u32string to_code_points(std::string_view text) {
  std::u32string out;
  for (size_t at = 0; at < text.size(); at += code_point_length(text, at)) out += code_point_at(text, at);
  return out;
}

std::string from_code_points(std::u32string_view text) {
  std::string out;
  for (char32_t code : text) {
    if (code < 0x80) {
      out += static_cast<char>(code);
      continue;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr uint32_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(leads[more] | code >> (6 * more));
    for (int rest = more - 1; rest >= 0; --rest) out += static_cast<char>(0x80 | (code >> (6 * rest) & 0x3f));
  }
  return out;
}

}  // namespace penstock::jsonata
