// Text encodings of the wire: hex, base64, percent-encoding, and small text operations.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);  // RFC 4648 with padding
std::optional<std::string> from_base64(std::string_view text);
// Percent-encodes all but A-Z a-z 0-9 - . _ ~ (the SigV4 rule); '/' too unless `keep_slash`.
std::string uri_encode(std::string_view text, bool keep_slash = false);
// Decodes %XX; '+' becomes a space only when `plus_is_space`. A bad escape is kept as written.
std::string uri_decode(std::string_view text, bool plus_is_space = false);

std::string to_lower(std::string_view text);                                 // ASCII
std::string_view trim(std::string_view text);                                // ASCII white space at both ends
std::vector<std::string_view> split(std::string_view text, char separator);  // "" gives one empty part
std::string replace_all(std::string text, std::string_view from, std::string_view to);
bool is_valid_utf8(std::string_view text);
size_t utf8_length(std::string_view text);  // code points

// The known word nearest to `word` by edit distance, if near enough to be meant ("did you mean"); else empty.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace penstock
