// Pieces of the reports for a browser: one file that needs nothing else, light or dark as the reader's system is.
#pragma once

#include <string>
#include <string_view>

namespace penstock::kit {

// Text as HTML shows it: & < > " escaped, control characters shown as a dot.
std::string escaped_html(std::string_view text);

// At most `size` bytes of it (characters stay whole), escaped, with an ellipsis where it was cut.
std::string shortened_html(std::string_view text, size_t size);

// A whole document with the reports' style; `body` is HTML.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace penstock::kit
