#include "core/pipeline/jsonata/number_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/number_text.h"
#include "core/pipeline/jsonata/unicode_text.h"

namespace penstock::jsonata {

void NumberSymbols::set(std::string_view name, std::string_view value) {
  struct Named {
    std::string_view name;
    std::u32string NumberSymbols::*member;
  };
  static constexpr Named named[] = {
      {"decimal-separator", &NumberSymbols::decimal_separator},
      {"grouping-separator", &NumberSymbols::grouping_separator},
      {"exponent-separator", &NumberSymbols::exponent_separator},
      {"minus-sign", &NumberSymbols::minus_sign},
      {"percent", &NumberSymbols::percent},
      {"per-mille", &NumberSymbols::per_mille},
      {"zero-digit", &NumberSymbols::zero_digit},
      {"digit", &NumberSymbols::digit},
      {"pattern-separator", &NumberSymbols::pattern_separator},
  };  // fmt: skip
  for (const Named& each : named) {
    if (each.name == name) this->*each.member = to_code_points(value);
  }
}

namespace {

constexpr auto none = std::u32string::npos;

// A sub-picture taken apart, and what the standard computes from it (4.7.4).
struct Part {
  std::u32string picture = {}, prefix = {}, suffix = {}, active = {}, mantissa = {}, exponent = {}, integer = {},
                 fraction = {};
  bool has_exponent = false;
  std::vector<size_t> integer_groups = {}, fraction_groups = {};
  size_t regular = 0;
  size_t integer_min = 0, scaling = 0, fraction_min = 0, fraction_max = 0, exponent_min = 0;
};

class Picture {
 public:
  explicit Picture(const NumberSymbols& symbols)
      : symbols_(symbols), zero_(symbols.zero_digit.empty() ? U'0' : symbols.zero_digit.front()) {}

  bool is_digit(char32_t c) const { return c >= zero_ && c < zero_ + 10; }
  bool is_optional(char32_t c) const { return symbols_.digit.size() == 1 && c == symbols_.digit[0]; }
  bool is_exponent(char32_t c) const {
    return symbols_.exponent_separator.size() == 1 && c == symbols_.exponent_separator[0];
  }
  bool is_active(char32_t c) const {
    const auto is = [&](const std::u32string& symbol) { return symbol.size() == 1 && symbol[0] == c; };
    return is_digit(c) || is(symbols_.decimal_separator) || is(symbols_.exponent_separator) ||
           is(symbols_.grouping_separator) || is(symbols_.digit) || is(symbols_.pattern_separator);
  }

  size_t count_digits(std::u32string_view text, bool optional_too) const {
    return static_cast<size_t>(
        std::ranges::count_if(text, [&](char32_t c) { return is_digit(c) || (optional_too && is_optional(c)); }));
  }

  Part take_apart(const std::u32string& picture) const {
    Part part{.picture = picture};
    const auto bounds = [&](char32_t c) { return is_active(c) && !is_exponent(c); };
    const auto first = std::ranges::find_if(picture, bounds);
    if (first != picture.end()) part.prefix.assign(picture.begin(), first);
    for (size_t at = picture.size(); at-- > 0;) {
      if (!bounds(picture[at])) continue;
      part.suffix = picture.substr(at + 1);
      break;
    }
    part.active = picture.substr(part.prefix.size(), picture.size() - part.suffix.size() - part.prefix.size());
    const size_t exponent = picture.find(symbols_.exponent_separator, part.prefix.size());
    if (exponent == none || exponent > picture.size() - part.suffix.size()) {
      part.mantissa = part.active;
    } else {
      // The reference cuts the active part at the place counted from the picture's start.
      part.has_exponent = true;
      part.mantissa = part.active.substr(0, exponent);
      if (exponent + 1 <= part.active.size()) part.exponent = part.active.substr(exponent + 1);
    }
    const size_t point = part.mantissa.find(symbols_.decimal_separator);
    if (point == none) {
      part.integer = part.mantissa;
      part.fraction = part.suffix;
    } else {
      part.integer = part.mantissa.substr(0, point);
      part.fraction = part.mantissa.substr(point + 1);
    }
    return part;
  }

  // The last rule broken is the one reported, as in the reference.
  void check(const Part& part) const {
    std::string_view error;
    const auto& picture = part.picture;
    const auto repeats = [&](const std::u32string& symbol) { return picture.find(symbol) != picture.rfind(symbol); };
    const auto has = [&](const std::u32string& symbol) { return picture.find(symbol) != none; };
    const auto at = [&](size_t index) { return index < picture.size() ? picture.substr(index, 1) : std::u32string(); };
    const size_t point = picture.find(symbols_.decimal_separator);
    if (repeats(symbols_.decimal_separator)) error = "D3081";
    if (repeats(symbols_.percent)) error = "D3082";
    if (repeats(symbols_.per_mille)) error = "D3083";
    if (has(symbols_.percent) && has(symbols_.per_mille)) error = "D3084";
    if (count_digits(part.mantissa, true) == 0) error = "D3085";
    if (!std::ranges::all_of(part.active, [&](char32_t c) { return is_active(c); })) error = "D3086";
    if (point != none) {
      if ((point > 0 && at(point - 1) == symbols_.grouping_separator) || at(point + 1) == symbols_.grouping_separator)
        error = "D3087";
    } else if (!part.integer.empty() && part.integer.substr(part.integer.size() - 1) == symbols_.grouping_separator) {
      error = "D3088";
    }
    if (has(symbols_.grouping_separator + symbols_.grouping_separator)) error = "D3089";
    const size_t first_optional = part.integer.find(symbols_.digit);
    if (first_optional != none && count_digits(part.integer.substr(0, first_optional), false)) error = "D3090";
    const size_t last_optional = part.fraction.rfind(symbols_.digit);
    if (last_optional != none && count_digits(part.fraction.substr(last_optional), false)) error = "D3091";
    if (!part.exponent.empty() && (has(symbols_.percent) || has(symbols_.per_mille))) error = "D3092";
    if (part.has_exponent && (part.exponent.empty() || count_digits(part.exponent, false) != part.exponent.size()))
      error = "D3093";
    if (!error.empty()) throw Failure{.code = error};
  }

  void analyse(Part& part) const {
    part.integer_groups = group_positions(part, part.integer, false);
    part.fraction_groups = group_positions(part, part.fraction, true);
    part.regular = regular_interval(part.integer_groups);
    part.integer_min = part.scaling = count_digits(part.integer, false);
    part.fraction_min = count_digits(part.fraction, false);
    part.fraction_max = count_digits(part.fraction, true);
    if (part.integer_min == 0 && part.fraction_max == 0) {
      if (part.has_exponent) {
        part.fraction_min = part.fraction_max = 1;
      } else {
        part.integer_min = 1;
      }
    }
    if (part.has_exponent && part.integer_min == 0 && part.integer.find(symbols_.digit) != none) part.integer_min = 1;
    if (part.integer_min == 0 && part.fraction_min == 0) part.fraction_min = 1;
    if (part.has_exponent) part.exponent_min = count_digits(part.exponent, false);
  }

  // Fixed digits of a value, in the picture's digit family.
  std::u32string digits(double value, size_t places) const {
    std::u32string text = to_code_points(fmt::format("{:.{}f}", std::fabs(value), std::min<size_t>(places, 100)));
    for (char32_t& c : text) {
      if (c >= U'0' && c <= U'9') c += zero_ - U'0';
    }
    return text;
  }

  char32_t zero() const { return zero_; }

 private:
  std::vector<size_t> group_positions(const Part& part, const std::u32string& text, bool to_left) const {
    std::vector<size_t> positions;
    size_t at = text.find(symbols_.grouping_separator);
    while (at != none && !symbols_.grouping_separator.empty()) {
      const std::u32string_view side = at > text.size() ? std::u32string_view(text)
                                       : to_left        ? std::u32string_view(text).substr(0, at)
                                                        : std::u32string_view(text).substr(at);
      positions.push_back(at > text.size() && !to_left ? 0 : count_digits(side, true));
      at = part.integer.find(symbols_.grouping_separator, at + 1);  // of the integer part, as the reference has it
    }
    return positions;
  }

  static size_t regular_interval(const std::vector<size_t>& positions) {
    size_t factor = 0;
    for (size_t position : positions) factor = std::gcd(factor, position);
    if (factor == 0) return 0;
    for (size_t at = 1; at <= positions.size(); ++at) {
      if (std::ranges::find(positions, at * factor) == positions.end()) return 0;
    }
    return factor;
  }

  const NumberSymbols& symbols_;
  char32_t zero_;
};

std::vector<std::u32string> split_picture(const std::u32string& picture, const std::u32string& separator) {
  std::vector<std::u32string> parts;
  size_t at = 0;
  while (!separator.empty()) {
    const size_t found = picture.find(separator, at);
    if (found == none) break;
    parts.push_back(picture.substr(at, found - at));
    at = found + separator.size();
  }
  parts.push_back(picture.substr(at));
  return parts;
}

void insert_at(std::u32string& text, std::ptrdiff_t position, const std::u32string& what) {
  const auto size = static_cast<std::ptrdiff_t>(text.size());
  if (position < 0) position = std::max<std::ptrdiff_t>(0, size + position);  // as JavaScript's slice
  text.insert(static_cast<size_t>(std::min(position, size)), what);
}

// Digits of the mantissa, trimmed and padded to the picture, with separators (bullets 6 to 12).
std::u32string mantissa_text(double mantissa, const Part& part, const Picture& picture, const NumberSymbols& symbols) {
  const std::u32string& point = symbols.decimal_separator;
  std::u32string text =
      picture.digits(round_half_even(mantissa, static_cast<int>(part.fraction_max)), part.fraction_max);
  const size_t dot = text.find(U'.');
  if (dot == none)
    text += point;
  else
    text.replace(dot, 1, point);
  while (!text.empty() && text.front() == picture.zero()) text.erase(0, 1);
  while (!text.empty() && text.back() == picture.zero()) text.pop_back();
  size_t at = text.find(point);
  if (at == none) return text;
  const size_t fraction = text.size() - at - 1;
  if (part.fraction_min > fraction) text.append(part.fraction_min - fraction, picture.zero());
  if (part.integer_min > at) text.insert(0, part.integer_min - at, picture.zero());
  at = text.find(point);
  if (part.regular > 0) {
    const size_t groups = at == 0 ? 0 : (at - 1) / part.regular;
    for (size_t group = 1; group <= groups; ++group)
      insert_at(text, static_cast<std::ptrdiff_t>(at - group * part.regular), symbols.grouping_separator);
  } else {
    auto place = static_cast<std::ptrdiff_t>(at);
    for (size_t position : part.integer_groups) {
      insert_at(text, place - static_cast<std::ptrdiff_t>(position), symbols.grouping_separator);
      ++place;
    }
  }
  at = text.find(point);
  for (size_t position : part.fraction_groups)
    insert_at(text, static_cast<std::ptrdiff_t>(position + at + 1), symbols.grouping_separator);
  at = text.find(point);
  if (part.picture.find(point) == none || at == text.size() - 1) text.pop_back();
  return text;
}

}  // namespace

std::string format_number(double value, std::string_view picture_text, const NumberSymbols& symbols) {
  if (!std::isfinite(value)) throw Failure{.code = "D1001", .value = "null"};
  if (symbols.decimal_separator.empty()) throw Failure{.code = "D3085"};
  const Picture picture(symbols);
  const auto pictures = split_picture(to_code_points(picture_text), symbols.pattern_separator);
  if (pictures.size() > 2) throw Failure{.code = "D3080"};
  std::vector<Part> parts;
  for (const std::u32string& each : pictures) parts.push_back(picture.take_apart(each));
  for (const Part& part : parts) picture.check(part);
  for (Part& part : parts) picture.analyse(part);
  if (parts.size() == 1) {
    parts.push_back(parts.front());
    parts[1].prefix = symbols.minus_sign + parts[1].prefix;
  }
  const Part& part = value >= 0 ? parts[0] : parts[1];
  double mantissa = value;
  if (part.picture.find(symbols.percent) != none)
    mantissa *= 100;
  else if (part.picture.find(symbols.per_mille) != none)
    mantissa *= 1000;
  int exponent = 0;
  if (part.exponent_min > 0 && mantissa != 0) {
    const double most = std::pow(10, static_cast<double>(part.scaling)),
                 least = std::pow(10, static_cast<double>(part.scaling) - 1);
    for (; std::fabs(mantissa) < least && exponent > -700; --exponent) mantissa *= 10;
    for (; std::fabs(mantissa) > most && exponent < 700; ++exponent) mantissa /= 10;
  }
  std::u32string text = mantissa_text(mantissa, part, picture, symbols);
  if (part.exponent_min > 0) {
    std::u32string digits = picture.digits(exponent, 0);
    if (digits.size() < part.exponent_min) digits.insert(0, part.exponent_min - digits.size(), picture.zero());
    text += symbols.exponent_separator + (exponent < 0 ? symbols.minus_sign : U"") + digits;
  }
  return from_code_points(part.prefix + text + part.suffix);
}

}  // namespace penstock::jsonata
