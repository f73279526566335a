// Text positions: bytes of UTF-8 against UTF-16 units, which is what JavaScript counts, and code points.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock::jsonata {

size_t utf16_units(std::string_view text, size_t bytes);   // in the first `bytes` bytes
size_t utf16_offset(std::string_view text, size_t units);  // bytes of the first `units` units
size_t code_points(std::string_view text);
size_t code_point_offset(std::string_view text, size_t count);  // bytes of the first `count` code points
size_t code_point_length(std::string_view text, size_t at);     // bytes of the code point at byte `at`
char32_t code_point_at(std::string_view text, size_t at);

}  // namespace penstock::jsonata
