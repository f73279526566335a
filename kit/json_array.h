// A JSON array of objects as one object after the other, which is what readers of JSON lines take.
#pragma once

#include <string>
#include <string_view>

namespace penstock::kit {

// Takes the text of `[{..}, {..}]` piece by piece, cut anywhere. Text that does not begin with '[' stays as it is.
class JsonArray {
 public:
  // The next piece: the array's brackets are blanks, its commas line ends, and there are no others.
  std::string take(std::string_view piece);
  bool is_array() const { return kind_ == Kind::array; }
  // Whether the array was closed and nothing follows it, or the text was none.
  bool is_whole() const { return kind_ != Kind::array || (closed_ && !followed_); }

 private:
  enum class Kind { unknown, lines, array };
  Kind kind_ = Kind::unknown;
  int depth_ = 0;  // of brackets and braces around
  bool closed_ = false;
  bool followed_ = false;  // by more than blanks
  bool in_text_ = false;
  bool escaped_ = false;
};

// Whether the text's first byte that is no blank (or byte order mark) opens an array.
bool opens_array(std::string_view text);

}  // namespace penstock::kit
