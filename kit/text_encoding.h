// What a file that should be text is instead, by its first bytes.
#pragma once

#include <string>
#include <string_view>

namespace penstock::kit {

// For a message: "the text is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)"; empty for what may be UTF-8 text.
std::string foreign_encoding(std::string_view beginning);

}  // namespace penstock::kit
