// Integer pictures: XPath's format-integer ("#,##0", "Ww", "I", "1;o"), both ways.
// https://www.w3.org/TR/xpath-functions-31/#func-format-integer
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::jsonata {

struct IntegerPicture {
  enum class Form : uint8_t { decimal, letters, roman, words, sequence };
  enum class Case : uint8_t { lower, upper, title };
  struct Separator {
    size_t position = 0;  // digits to its right
    char32_t character = 0;
  };
  Form form = Form::decimal;
  Case letter_case = Case::lower;
  bool ordinal = false;
  char32_t zero = U'0';
  size_t mandatory_digits = 0;
  size_t optional_digits = 0;
  size_t regular = 0;                      // a separator every so many digits; 0: at `separators`
  std::vector<Separator> separators = {};  // from the right
  size_t parse_width = 0;                  // exactly so many digits when read; 0: any number
  std::string token = {};                  // of a sequence
};

// Throws Failure D3131.
IntegerPicture read_integer_picture(std::string_view picture);
// `value` is integral. Throws Failure D3130.
std::string format_integer(double value, const IntegerPicture& picture);
// NaN when the text is not in that form. Throws Failure D3130.
double parse_integer(std::string_view text, const IntegerPicture& picture);
// What a text in that form looks like, as a regular expression. Throws Failure D3130.
std::string integer_regex(const IntegerPicture& picture);

}  // namespace penstock::jsonata
