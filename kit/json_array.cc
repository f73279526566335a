#include "kit/json_array.h"

namespace penstock::kit {

namespace {

constexpr std::string_view blanks = " \t\r\n\xEF\xBB\xBF";

}  // namespace

bool opens_array(std::string_view text) {
  const size_t first = text.find_first_not_of(blanks);
  return first != std::string_view::npos && text[first] == '[';
}

std::string JsonArray::take(std::string_view piece) {
  std::string out(piece);
  if (kind_ == Kind::unknown && piece.find_first_not_of(blanks) != std::string_view::npos) {
    kind_ = opens_array(piece) ? Kind::array : Kind::lines;
  }
  if (kind_ != Kind::array) return out;
  for (char& c : out) {
    if (closed_) {
      // Arrow reads beyond the end of what follows the array, so it gets to see none of it.
      followed_ = followed_ || blanks.find(c) == std::string_view::npos;
      c = ' ';
    } else if (in_text_) {
      in_text_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
    } else if (c == '"') {
      in_text_ = true;
    } else if (c == '[' || c == '{') {
      if (depth_++ == 0) c = ' ';
    } else if (c == ']' || c == '}') {
      closed_ = --depth_ == 0;
      if (closed_) c = ' ';
    } else if (c == '\n') {
      c = ' ';
    } else if (c == ',' && depth_ == 1) {
      c = '\n';
    }
  }
  return out;
}

}  // namespace penstock::kit
