// Number pictures: XPath's format-number ("#,##0.00;(#)"). https://www.w3.org/TR/xpath-functions-31/#formatting-numbers
#pragma once

#include <string>
#include <string_view>

namespace penstock::jsonata {

// The characters of a picture and of its result; $formatNumber's third argument changes them.
struct NumberSymbols {
  std::u32string decimal_separator = U".";
  std::u32string grouping_separator = U",";
  std::u32string exponent_separator = U"e";
  std::u32string minus_sign = U"-";
  std::u32string percent = U"%";
  std::u32string per_mille = U"\u2030";
  std::u32string zero_digit = U"0";
  std::u32string digit = U"#";
  std::u32string pattern_separator = U";";

  void set(std::string_view name, std::string_view value);  // "decimal-separator"; an unknown name is ignored
};

// Throws Failure D3080 to D3093 for a picture that is not one.
std::string format_number(double value, std::string_view picture, const NumberSymbols& symbols);

}  // namespace penstock::jsonata
