#include "core/pipeline/jsonata/integer_picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/number_text.h"
#include "core/pipeline/jsonata/unicode_text.h"

namespace penstock::jsonata {
namespace {

constexpr std::string_view cardinals[] = {"Zero",    "One",     "Two",       "Three",    "Four",
                                          "Five",    "Six",     "Seven",     "Eight",    "Nine",
                                          "Ten",     "Eleven",  "Twelve",    "Thirteen", "Fourteen",
                                          "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"};  // fmt: skip
constexpr std::string_view ordinals[] = {
    "Zeroth",     "First",     "Second",    "Third",       "Fourth",     "Fifth",     "Sixth",
    "Seventh",    "Eighth",    "Ninth",     "Tenth",       "Eleventh",   "Twelfth",   "Thirteenth",
    "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth"};  // fmt: skip
constexpr std::string_view decades[] = {"Twenty",  "Thirty", "Forty",  "Fifty",  "Sixty",
                                        "Seventy", "Eighty", "Ninety", "Hundred"};
constexpr std::string_view magnitudes[] = {"Thousand", "Million", "Billion", "Trillion"};

// First code points of the decimal digit families (Unicode category Nd, basic plane).
constexpr char32_t digit_families[] = {0x30,   0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
                                       0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0,
                                       0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
                                       0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};  // fmt: skip

std::string words_of(double value, bool after, bool ordinal, int depth = 0) {
  if (value <= 19)
    return (after ? " and " : "") + std::string((ordinal ? ordinals : cardinals)[static_cast<size_t>(value)]);
  if (value < 100) {
    const auto tens = static_cast<size_t>(value / 10);
    const double rest = std::fmod(value, 10);
    std::string words = (after ? " and " : "") + std::string(decades[tens - 2]);
    if (rest > 0) return words + "-" + words_of(rest, false, ordinal);
    return ordinal ? words.substr(0, words.size() - 1) + "ieth" : words;
  }
  std::string words = after ? ", " : "";
  double rest;
  if (value < 1000) {
    words += std::string(cardinals[static_cast<size_t>(value / 100)]) + " Hundred";
    rest = std::fmod(value, 100);
  } else {
    const int magnitude = std::min(static_cast<int>(std::floor(std::log10(value) / 3)), 4);
    const double factor = std::pow(10, magnitude * 3);
    const double whole = std::floor(value / factor);
    rest = value - whole * factor;
    // More than a trillion trillions nests once for each twelve digits.
    words += (depth > 40 ? std::string() : words_of(whole, false, false, depth + 1)) + " " +
             std::string(magnitudes[magnitude - 1]);
  }
  if (rest > 0) return words + words_of(rest, true, ordinal, depth + 1);
  return ordinal ? words + "th" : words;
}

// Every word with its value, in the order the reference lists them.
std::vector<std::pair<std::string, double>> word_values() {
  std::vector<std::pair<std::string, double>> words;
  for (size_t at = 0; at < std::size(cardinals); ++at) words.emplace_back(to_lower(cardinals[at]), at);
  for (size_t at = 0; at < std::size(ordinals); ++at) words.emplace_back(to_lower(ordinals[at]), at);
  for (size_t at = 0; at < std::size(decades); ++at) {
    const std::string word = to_lower(decades[at]);
    words.emplace_back(word, (at + 2) * 10);
    words.emplace_back(word.substr(0, word.size() - 1) + "ieth", (at + 2) * 10);
  }
  words.emplace_back("hundredth", 100);
  for (size_t at = 0; at < std::size(magnitudes); ++at) {
    const std::string word = to_lower(magnitudes[at]);
    const double value = std::pow(10, (at + 1) * 3);
    words.emplace_back(word, value);
    words.emplace_back(word + "th", value);
  }
  return words;
}

double words_to_number(std::string_view text) {
  const auto known = word_values();
  std::vector<double> segments{0};
  std::string rest(text);
  for (const std::string_view separator : {", ", " and ", "\\"}) rest = replace_all(rest, separator, " ");
  std::ranges::replace(rest, '-', ' ');
  for (const std::string_view word : split(rest, ' ')) {
    const auto found = std::ranges::find(known, word, &std::pair<std::string, double>::first);
    if (found == known.end()) return NAN;
    const double value = found->second;
    if (value >= 100) {
      segments.back() *= value;
      continue;
    }
    if (segments.back() >= 1000) segments.push_back(0);
    segments.back() += value;
  }
  return std::accumulate(segments.begin(), segments.end(), 0.0);
}

struct Numeral {
  double value;
  std::string_view text;
};
constexpr Numeral numerals[] = {{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
                                {40, "xl"},  {10, "x"},   {9, "ix"},  {5, "v"},    {4, "iv"},  {1, "i"}};  // fmt: skip
constexpr double roman_max = 1e6;  // a thousand m; more is refused

std::string roman_of(double value) {
  if (value > roman_max) throw Failure{.code = "U1001", .message = "The number is too large for Roman numerals"};
  std::string out;
  for (const Numeral& numeral : numerals) {
    for (; value >= numeral.value; value -= numeral.value) out += numeral.text;
  }
  return out;
}

double roman_to_number(std::string_view text) {
  double total = 0, most = 1;
  for (size_t at = text.size(); at-- > 0;) {
    const auto found = std::ranges::find_if(numerals, [&](const Numeral& numeral) {
      return numeral.text.size() == 1 && numeral.text[0] == (text[at] | 0x20);
    });
    if (found == std::end(numerals)) return NAN;
    if (found->value < most) {
      total -= found->value;
    } else {
      most = found->value;
      total += found->value;
    }
  }
  return total;
}

std::string letters_of(double value, char first) {
  std::string out;
  for (; value > 0; value = std::floor((value - 1) / 26))
    out += static_cast<char>(first + static_cast<int>(std::fmod(value - 1, 26)));
  std::ranges::reverse(out);
  return out;
}

size_t regular_interval(const std::vector<IntegerPicture::Separator>& separators) {
  if (separators.empty()) return 0;
  size_t factor = 0;
  for (const auto& separator : separators) {
    if (separator.character != separators.front().character) return 0;
    factor = std::gcd(factor, separator.position);
  }
  if (factor == 0) return 0;
  for (size_t at = 1; at <= separators.size(); ++at) {
    if (std::ranges::find(separators, at * factor, &IntegerPicture::Separator::position) == separators.end()) return 0;
  }
  return factor;
}

// A picture of digits, "#" and separators; without a digit it is a numbering sequence.
void read_decimal(std::u32string_view picture, IntegerPicture& out) {
  size_t position = 0;
  char32_t zero = 0;
  for (size_t at = picture.size(); at-- > 0;) {
    const char32_t c = picture[at];
    const auto family =
        std::ranges::find_if(digit_families, [&](char32_t first) { return c >= first && c <= first + 9; });
    if (family != std::end(digit_families)) {
      if (zero && zero != *family) throw Failure{.code = "D3131"};
      zero = *family;
      ++out.mandatory_digits;
      ++position;
    } else if (c == U'#') {
      ++position;
      ++out.optional_digits;
    } else {
      out.separators.push_back({position, c});
    }
  }
  if (out.mandatory_digits == 0) {
    out.form = IntegerPicture::Form::sequence;
    out.token = from_code_points(picture);
    return;
  }
  out.zero = zero;
  out.regular = regular_interval(out.separators);
}

std::string decimal_of(double value, const IntegerPicture& picture) {
  std::u32string text = to_code_points(number_text(value));
  if (text.size() < picture.mandatory_digits) {
    if (picture.mandatory_digits > 10'000)
      throw Failure{.code = "U1001", .message = "The number would have too many digits"};
    text.insert(0, picture.mandatory_digits - text.size(), U'0');
  }
  for (char32_t& c : text) c += picture.zero - U'0';
  if (picture.regular) {
    const size_t groups = (text.size() - 1) / picture.regular;
    for (size_t group = groups; group > 0; --group)
      text.insert(text.size() - group * picture.regular, 1, picture.separators.front().character);
  } else {
    // From the left, so that positions counted from the right stay right for those not yet placed.
    for (size_t at = picture.separators.size(); at-- > 0;) {
      const auto& separator = picture.separators[at];
      const size_t from_right = separator.position;
      text.insert(from_right < text.size() ? text.size() - from_right : 0, 1, separator.character);
    }
  }
  std::string out = from_code_points(text);
  if (!picture.ordinal) return out;
  const char last = out.back();
  const bool teen = out.size() > 1 && out[out.size() - 2] == '1';
  return out + (teen ? "th" : last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th");
}

[[noreturn]] void refuse_sequence(const IntegerPicture& picture) {
  std::string token;
  append_json_string(token, picture.token);
  throw Failure{.code = "D3130", .value = token};
}

}  // namespace

IntegerPicture read_integer_picture(std::string_view picture) {
  using Form = IntegerPicture::Form;
  using Case = IntegerPicture::Case;
  IntegerPicture out;
  const size_t semicolon = picture.rfind(';');
  const std::string_view primary = picture.substr(0, semicolon);
  if (semicolon != std::string_view::npos) out.ordinal = picture.substr(semicolon + 1).starts_with('o');
  struct Named {
    std::string_view text;
    Form form;
    Case letter_case;
  };
  constexpr Named named[] = {{"A", Form::letters, Case::upper}, {"a", Form::letters, Case::lower},
                             {"I", Form::roman, Case::upper},   {"i", Form::roman, Case::lower},
                             {"W", Form::words, Case::upper},   {"Ww", Form::words, Case::title},
                             {"w", Form::words, Case::lower}};  // fmt: skip
  const auto found = std::ranges::find(named, primary, &Named::text);
  if (found != std::end(named)) {
    out.form = found->form;
    out.letter_case = found->letter_case;
  } else {
    read_decimal(to_code_points(primary), out);
  }
  return out;
}

std::string format_integer(double value, const IntegerPicture& picture) {
  using Form = IntegerPicture::Form;
  using Case = IntegerPicture::Case;
  if (!std::isfinite(value)) throw Failure{.code = "D1001", .value = "null"};
  const double size = std::fabs(value);
  std::string text;
  switch (picture.form) {
    case Form::letters:
      text = letters_of(size, picture.letter_case == Case::upper ? 'A' : 'a');
      break;
    case Form::roman:
      text = roman_of(size);
      break;
    case Form::words:
      text = words_of(size, false, picture.ordinal);
      if (picture.letter_case == Case::lower) text = to_lower(text);
      break;
    case Form::decimal:
      text = decimal_of(size, picture);
      break;
    case Form::sequence:
      refuse_sequence(picture);
  }
  if (picture.letter_case == Case::upper && picture.form != Form::letters) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return value < 0 ? "-" + text : text;
}

double parse_integer(std::string_view text, const IntegerPicture& picture) {
  using Form = IntegerPicture::Form;
  switch (picture.form) {
    case Form::letters: {
      const char first = picture.letter_case == IntegerPicture::Case::upper ? 'A' : 'a';
      double total = 0;
      for (char c : text) total = total * 26 + (c - first + 1);
      return total;
    }
    case Form::roman:
      return roman_to_number(text);
    case Form::words:
      return words_to_number(to_lower(text));
    case Form::decimal:
      break;
    case Form::sequence:
      refuse_sequence(picture);
  }
  std::u32string digits = to_code_points(text);
  if (picture.ordinal) digits.resize(digits.size() >= 2 ? digits.size() - 2 : 0);
  if (picture.regular) {
    std::erase(digits, U',');
  } else {
    for (const auto& separator : picture.separators) std::erase(digits, separator.character);
  }
  size_t at = 0;
  while (at < digits.size() && digits[at] == U' ') ++at;
  const bool negative = at < digits.size() && digits[at] == U'-';
  if (negative) ++at;
  const size_t start = at;
  double value = 0;
  for (; at < digits.size() && digits[at] >= picture.zero && digits[at] <= picture.zero + 9; ++at) {
    value = value * 10 + static_cast<double>(digits[at] - picture.zero);
  }
  if (at == start) return NAN;
  return negative ? -value : value;
}

std::string integer_regex(const IntegerPicture& picture) {
  using Form = IntegerPicture::Form;
  const bool upper = picture.letter_case == IntegerPicture::Case::upper;
  switch (picture.form) {
    case Form::letters:
      return upper ? "[A-Z]+" : "[a-z]+";
    case Form::roman:
      return upper ? "[MDCLXVI]+" : "[mdclxvi]+";
    case Form::words: {
      std::string out = "(?:";
      for (const auto& [word, value] : word_values()) out += word + "|";
      return out + "and|[\\-, ])+";
    }
    case Form::decimal: {
      std::string out = "[0-9]";
      out += picture.parse_width ? "{" + std::to_string(picture.parse_width) + "}" : "+";
      return picture.ordinal ? out + "(?:th|st|nd|rd)" : out;
    }
    case Form::sequence:
      break;
  }
  refuse_sequence(picture);
}

}  // namespace penstock::jsonata
