// Texts as code points, for picture strings, which are read character by character.
#pragma once

#include <string>
#include <string_view>

namespace penstock::jsonata {

std::u32string to_code_points(std::string_view text);
std::string from_code_points(std::u32string_view text);

}  // namespace penstock::jsonata
