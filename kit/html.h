// Pieces of the reports for a browser: one file that needs nothing else, light or dark as the reader's system is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::kit {

// Text as HTML shows it: & < > " escaped, control characters shown as a dot.
std::string escaped_html(std::string_view text);

// At most `size` bytes of it (characters stay whole), escaped, with an ellipsis where it was cut.
std::string shortened_html(std::string_view text, size_t size);

// 1234567 as "1,234,567".
std::string grouped(uint64_t value);

// A whole document in the reports' style and what a report adds to it (CSS); `body` is HTML.
std::string html_page(std::string_view title, std::string_view own_style, std::string_view body);

}  // namespace penstock::kit
