#include "core/pipeline/jsonata/date_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "core/pipeline/jsonata/civil.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/integer_picture.h"
#include "core/pipeline/jsonata/number_text.h"
#include "core/pipeline/jsonata/regex.h"

namespace penstock::jsonata {
namespace {

constexpr std::string_view days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::string_view months[] = {"January", "February",  "March",   "April",    "May",     "June", "July",
                                       "August",  "September", "October", "November", "December"};  // fmt: skip
constexpr std::string_view numeric_components = "YMDdFWwXxHhmsf";
constexpr int64_t none = -1;

enum class Names : uint8_t { no, lower, upper, title };

// A literal text, or a marker "[Y0001]".
struct Part {
  std::string literal = {};
  char component = 0;  // 0: literal
  Names names = Names::no;
  bool has_integer = false;
  IntegerPicture integer = {};
  int64_t width_max = none;
  int64_t year_digits = none;  // of Y: how many are shown
  char second_modifier = 0;
};

std::string json_quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string_view default_presentation(char component) {
  switch (component) {
    case 'F':
    case 'P':
    case 'C':
    case 'E':
      return "n";
    case 'm':
    case 's':
      return "01";
    case 'Z':
    case 'z':
      return "01:01";
    case 'Y':
    case 'M':
    case 'D':
    case 'd':
    case 'W':
    case 'w':
    case 'X':
    case 'x':
    case 'H':
    case 'h':
    case 'f':
      return "1";
    default:
      return "";
  }
}

int64_t read_width(std::string_view text) {
  if (text.empty() || text == "*" || text.size() > 9) return none;
  return std::atoll(std::string(text).c_str());
}

// The presentation without its second modifier (a, t, c, o), which goes into `part`.
std::string read_presentation(std::string_view text, Part& part) {
  if (text.empty()) {
    const std::string_view usual = default_presentation(part.component);
    if (usual.empty())
      throw Failure{.code = "D3132", .value = json_quoted(std::string_view(&part.component, part.component ? 1 : 0))};
    return std::string(usual);
  }
  if (text.size() > 1 && std::string_view("atco").find(text.back()) != std::string_view::npos) {
    part.second_modifier = text.back();
    text.remove_suffix(1);
  }
  return std::string(text);
}

void read_numeric(const std::string& presentation, int64_t width_min, Part& part, std::vector<Part>& parts) {
  part.integer = read_integer_picture(part.second_modifier ? presentation + ";" + part.second_modifier : presentation);
  part.has_integer = true;
  if (width_min != none)
    part.integer.mandatory_digits = std::max(part.integer.mandatory_digits, static_cast<size_t>(width_min));
  if (part.component == 'Y') {
    if (part.width_max != none) {
      part.year_digits = part.width_max;
      part.integer.mandatory_digits = static_cast<size_t>(part.width_max);
    } else if (const size_t width = part.integer.mandatory_digits + part.integer.optional_digits; width >= 2) {
      part.year_digits = static_cast<int64_t>(width);
    }
  }
  // Two numbers side by side: the width of the first must be known to read them.
  if (!parts.empty() && parts.back().has_integer && parts.back().component != 'Z' && parts.back().component != 'z') {
    parts.back().integer.parse_width = parts.back().integer.mandatory_digits;
  }
}

Part read_marker(std::string_view text, std::vector<Part>& parts) {
  std::string marker(text);
  std::erase_if(marker, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  Part part;
  part.component = marker.empty() ? '?' : marker.front();
  const std::string_view rest = std::string_view(marker).substr(marker.empty() ? 0 : 1);
  const size_t comma = rest.rfind(',');
  int64_t width_min = none;
  if (comma != std::string_view::npos) {
    const std::string_view widths = rest.substr(comma + 1);
    const size_t dash = widths.find('-');
    width_min = read_width(widths.substr(0, dash));
    if (dash != std::string_view::npos) part.width_max = read_width(widths.substr(dash + 1));
  }
  const std::string presentation = read_presentation(rest.substr(0, comma), part);
  if (presentation.starts_with('n')) {
    part.names = Names::lower;
  } else if (presentation.starts_with('N')) {
    part.names = presentation.starts_with("Nn") ? Names::title : Names::upper;
  } else if (numeric_components.find(part.component) != std::string_view::npos) {
    read_numeric(presentation, width_min, part, parts);
  }
  if (part.component == 'Z' || part.component == 'z') {
    part.integer = read_integer_picture(presentation);
    part.has_integer = true;
  }
  return part;
}

std::vector<Part> read_picture(std::string_view picture) {
  std::vector<Part> parts;
  const auto add_literal = [&](size_t start, size_t end) {
    if (end > start)
      parts.push_back({.literal = replace_all(std::string(picture.substr(start, end - start)), "]]", "]")});
  };
  size_t start = 0, at = 0;
  while (at < picture.size()) {
    if (picture[at] != '[') {
      ++at;
      continue;
    }
    add_literal(start, at);
    if (at + 1 < picture.size() && picture[at + 1] == '[') {
      parts.push_back({.literal = "["});
      at += 2;
      start = at;
      continue;
    }
    const size_t close = picture.find(']', at);
    if (close == std::string_view::npos) throw Failure{.code = "D3135"};
    parts.push_back(read_marker(picture.substr(at + 1, close - at - 1), parts));
    at = start = close + 1;
  }
  add_literal(start, at);
  return parts;
}

std::string in_case(std::string text, Names names) {
  if (names == Names::lower) return to_lower(text);
  if (names == Names::upper) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return text;
}

struct Offset {
  int64_t hours = 0, minutes = 0;
};

std::string format_zone(const Part& part, Offset offset) {
  const int64_t number = offset.hours * 100 + offset.minutes;
  std::string text;
  const size_t digits = part.integer.mandatory_digits;
  if (part.integer.regular) {
    text = format_integer(static_cast<double>(number), part.integer);
  } else if (digits == 1 || digits == 2) {
    text = format_integer(static_cast<double>(offset.hours), part.integer);
    if (offset.minutes != 0)
      text += ":" + format_integer(static_cast<double>(offset.minutes), read_integer_picture("00"));
  } else if (digits == 3 || digits == 4) {
    text = format_integer(static_cast<double>(number), part.integer);
  } else {
    throw Failure{.code = "D3134", .value = std::to_string(digits)};
  }
  if (number >= 0) text = "+" + text;
  if (part.component == 'z') text = "GMT" + text;
  if (number == 0 && part.second_modifier == 't') return "Z";
  return text;
}

std::string format_part(const Part& part, int64_t millis, Offset offset) {
  switch (part.component) {
    case 0:
      return part.literal;
    case 'Z':
    case 'z':
      return format_zone(part, offset);
    case 'P':
      return in_case(date_component(millis, 'P') ? "pm" : "am",
                     part.names == Names::upper ? Names::upper : Names::lower);
    case 'C':
    case 'E':
      return "ISO";
    default:
      break;
  }
  if (numeric_components.find(part.component) == std::string_view::npos)
    throw Failure{.code = "D3132", .value = json_quoted(std::string_view(&part.component, 1))};
  int64_t value = date_component(millis, part.component);
  if (part.names == Names::no || part.component == 'f') {
    if (part.component == 'Y' && part.year_digits >= 0 && part.year_digits < 18) {
      value = static_cast<int64_t>(
          std::fmod(static_cast<double>(value), std::pow(10, static_cast<double>(part.year_digits))));
    }
    return format_integer(static_cast<double>(value), part.has_integer ? part.integer : read_integer_picture("1"));
  }
  std::string name;
  if (part.component == 'M' || part.component == 'x')
    name = months[value - 1];
  else if (part.component == 'F')
    name = days[value - 1];
  else
    throw Failure{.code = "D3133", .value = json_quoted(std::string_view(&part.component, 1))};
  name = in_case(name, part.names);
  if (part.width_max != none && name.size() > static_cast<size_t>(part.width_max))
    name.resize(static_cast<size_t>(part.width_max));
  return name;
}

// JavaScript's parseInt of "+hhmm".
double read_leading_integer(std::string_view text) {
  size_t at = text.find_first_not_of(" \t\n\r");
  if (at == std::string_view::npos) return NAN;
  const bool negative = text[at] == '-';
  if (text[at] == '-' || text[at] == '+') ++at;
  const size_t start = at;
  double value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) value = value * 10 + (text[at] - '0');
  if (at == start) return NAN;
  return negative ? -value : value;
}

}  // namespace

std::string format_time(int64_t millis, std::string_view picture, std::string_view zone) {
  Offset offset;
  if (!zone.empty()) {
    const double number = read_leading_integer(zone);
    if (!(std::fabs(number) < 100'000))
      throw Failure{
          .code = "D3134", .value = json_quoted(zone), .message = "The time zone must be written +hhmm or -hhmm"};
    offset.hours = static_cast<int64_t>(std::floor(number / 100));
    offset.minutes = static_cast<int64_t>(std::fmod(number, 100));
  }
  const int64_t local = millis + (offset.hours * 60 + offset.minutes) * 60'000;
  std::string out;
  for (const Part& part : read_picture(picture)) out += format_part(part, local, offset);
  return out;
}

namespace {

std::string escape_regex(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (std::string_view(".*+?^${}()|[]\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// The separator between a time zone's hours and minutes, when the picture has one at regular places.
std::string zone_separator(const Part& part) {
  return part.integer.regular ? std::string(1, static_cast<char>(part.integer.separators.front().character)) : "";
}

std::string part_regex(const Part& part) {
  if (part.component == 0) return escape_regex(part.literal);
  if (part.component == 'Z' || part.component == 'z') {
    std::string out = part.component == 'z' ? "GMT[-+][0-9]+" : "[-+][0-9]+";
    if (const std::string separator = zone_separator(part); !separator.empty())
      out += escape_regex(separator) + "[0-9]+";
    return out;
  }
  if (part.component == 'f') return "[0-9]+";
  if (part.has_integer) return integer_regex(part.integer);
  if (std::string_view("MxFP").find(part.component) == std::string_view::npos) {
    throw Failure{.code = "D3133", .value = json_quoted(std::string_view(&part.component, 1))};
  }
  return "[a-zA-Z]+";
}

double read_zone(const Part& part, std::string_view text) {
  if (part.component == 'z') text.remove_prefix(std::min<size_t>(3, text.size()));
  const std::string separator = zone_separator(part);
  if (!separator.empty()) {
    const size_t at = text.find(separator);
    return read_leading_integer(text.substr(0, at)) * 60 + read_leading_integer(text.substr(at + 1));
  }
  if (text.size() - 1 <= 2) return read_leading_integer(text) * 60;
  return read_leading_integer(text.substr(0, 3)) * 60 + read_leading_integer(text.substr(3));
}

// NaN when the text names nothing.
double read_name(const Part& part, std::string_view text) {
  if (part.component == 'P') return text == "am" || text == "AM" ? 0 : text == "pm" || text == "PM" ? 1 : NAN;
  const auto find = [&](const auto& names) {
    for (size_t at = 0; at < std::size(names); ++at) {
      const bool cut = part.width_max > 0;
      if (text == (cut ? names[at].substr(0, static_cast<size_t>(part.width_max)) : names[at]))
        return static_cast<double>(at + 1);
    }
    return static_cast<double>(NAN);
  };
  return part.component == 'F' ? find(days) : find(months);
}

double read_part(const Part& part, std::string_view text) {
  if (part.component == 'Z' || part.component == 'z') return read_zone(part, text);
  if (part.component == 'f') return read_number("0." + std::string(text.substr(0, 3))) * 1000;
  return part.has_integer ? parse_integer(text, part.integer) : read_name(part, text);
}

// What a text gave, by component letter.
class Components {
 public:
  bool has(char c) const { return given_[index(c)]; }
  double operator[](char c) const { return values_[index(c)]; }
  void set(char c, double value) {
    values_[index(c)] = value;
    given_[index(c)] = true;
  }
  // Bits of `letters`, the first highest, set where a component is given and not 0 (as the reference tests them).
  unsigned mask(std::string_view letters) const {
    unsigned bits = 0;
    for (char c : letters) bits = bits << 1 | (has(c) && (*this)[c] != 0 && !std::isnan((*this)[c]));
    return bits;
  }

 private:
  static size_t index(char c) { return static_cast<unsigned char>(c) & 127; }
  std::array<double, 128> values_{};
  std::array<bool, 128> given_{};
};

bool is_type(unsigned type, unsigned mask) {
  return !(~type & mask) && (type & mask);
}

double millis_of(Components& parts, bool day_of_year, bool half_day) {
  double month = parts['M'] > 0 ? parts['M'] - 1 : 0, day = parts['D'];
  const double year = parts['Y'];
  double hour = parts['H'];
  if (half_day) {
    hour = parts['h'] == 12 ? 0 : parts['h'];
    if (parts['P'] == 1) hour += 12;
  }
  for (double value : {year, month, day, hour, parts['m'], parts['s'], parts['f']}) {
    if (!(std::fabs(value) < 1e6)) return NAN;
  }
  if (day_of_year) {
    month = 0;
    day = parts['d'];
    if (!(std::fabs(day) < 1e6)) return NAN;
  }
  // Two-digit years are of the twentieth century, as in Date.UTC.
  auto whole_year = static_cast<int64_t>(year);
  if (whole_year >= 0 && whole_year <= 99) whole_year += 1900;
  whole_year += static_cast<int64_t>(std::floor(month / 12));
  const int whole_month = static_cast<int>(std::fmod(month, 12)) + 1;
  const int64_t date = days_from_civil(whole_year, whole_month, static_cast<int64_t>(day));
  return static_cast<double>(date * millis_per_day) + hour * 3'600'000 + parts['m'] * 60'000 + parts['s'] * 1'000 +
         std::trunc(parts['f']);
}

}  // namespace

std::optional<double> parse_time(std::string_view text, std::string_view picture, int64_t now) {
  const std::vector<Part> parts = read_picture(picture);
  std::string pattern = "^";
  for (const Part& part : parts) pattern += "(" + part_regex(part) + ")";
  const auto spans = Regex(pattern + "$", true, false).search(text, 0, false);
  if (spans.empty()) return std::nullopt;
  Components given;
  bool any = false;
  for (size_t at = 0; at < parts.size(); ++at) {
    if (parts[at].component == 0) continue;
    given.set(parts[at].component,
              read_part(parts[at], text.substr(spans[at + 1].start, spans[at + 1].end - spans[at + 1].start)));
    any = true;
  }
  if (!any) return std::nullopt;
  // A date is Y M D, Y d, X x w F or X W F; a time is H m s f or P h m s f.
  const unsigned date = given.mask("YXMxWwdD"), time = given.mask("PHhmsf");
  const bool by_month = is_type(0b10100001, date), by_day = !by_month && is_type(0b10000010, date);
  const bool by_month_week = is_type(0b01010100, date), by_week = !by_month_week && is_type(0b01001000, date);
  const bool half_day = !is_type(0b010111, time) && is_type(0b101111, time);
  const std::string wanted = std::string(by_day          ? "YD"
                                         : by_month_week ? "XxwF"
                                         : by_week       ? "XWF"
                                                         : "YMD") +
                             (half_day ? "Phmsf" : "Hmsf");
  bool started = false, ended = false;
  for (char component : wanted) {
    if (given.has(component) && !std::isnan(given[component])) {
      started = true;
      if (ended) throw Failure{.code = "D3136"};  // a gap between what was given
    } else if (started) {
      given.set(component, component == 'M' || component == 'D' || component == 'd' ? 1 : 0);
      ended = true;
    } else {
      given.set(component, static_cast<double>(date_component(now, component)));
    }
  }
  if (by_month_week || by_week) throw Failure{.code = "D3136"};
  double millis = millis_of(given, by_day, half_day);
  for (char zone : {'Z', 'z'}) {
    if (given.has(zone) && !std::isnan(given[zone])) millis -= given[zone] * 60'000;
  }
  if (std::isnan(millis)) return std::nullopt;
  return millis;
}

namespace {

// Reads "YYYY[-MM[-DD]][Thh:mm:ss][.fraction][zone]"; NaN when the numbers are no date.
class IsoReader {
 public:
  explicit IsoReader(std::string_view text) : text_(text) {}

  std::optional<double> read() {
    int year = 0, month = 1, day = 1;
    if (!digits(4, year)) return std::nullopt;
    if (follows("-##", '1') && part('-', month) && follows("-##", '3'))
      part('-', day);
    else if (follows("-##", '3'))
      part('-', day);
    int hour = 0, minute = 0, second = 0;
    if (peek() == 'T') {
      ++at_;
      if (!digits(2, hour) || !part(':', minute) || !part(':', second) || hour > 29 || minute > 59 || second > 59)
        return std::nullopt;
    }
    double fraction = 0;
    if (peek() == '.') {
      const size_t start = at_++;
      while (is_digit(peek())) ++at_;
      if (at_ - start < 2) return std::nullopt;
      fraction = std::trunc(read_number("0" + std::string(text_.substr(start, at_ - start))) * 1000 + 1e-9);
    }
    int64_t offset = 0;
    if (!zone(offset) || at_ != text_.size()) return std::nullopt;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24) return NAN;
    const double date = static_cast<double>(days_from_civil(year, month, day) * millis_per_day);
    return date + ((hour * 60 + minute - static_cast<double>(offset)) * 60 + second) * 1000 + fraction;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  // "-dd" whose first digit is at most `most`, and not the start of a zone such as "-0800".
  bool follows(std::string_view, char most) const {
    return peek() == '-' && peek(1) >= '0' && peek(1) <= most && is_digit(peek(2)) && !is_digit(peek(3)) &&
           peek(3) != ':';
  }

  bool digits(int count, int& out) {
    for (int read = 0; read < count; ++read) {
      if (!is_digit(peek())) return false;
      out = (read == 0 ? 0 : out) * 10 + (text_[at_++] - '0');
    }
    return true;
  }

  bool part(char separator, int& out) {
    if (peek() != separator) return false;
    ++at_;
    return digits(2, out);
  }

  bool zone(int64_t& offset) {
    if (peek() == 'Z') {
      ++at_;
      return true;
    }
    if (peek() != '+' && peek() != '-') return true;
    const int sign = text_[at_++] == '-' ? -1 : 1;
    int hours = 0, minutes = 0;
    if (!digits(2, hours)) return false;
    if (peek() == ':') ++at_;
    if (!digits(2, minutes) || hours > 29 || minutes > 59) return false;
    offset = sign * (hours * 60 + minutes);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<double> parse_iso_time(std::string_view text) {
  const auto millis = IsoReader(text).read();
  if (!millis) throw Failure{.code = "D3110", .value = json_quoted(text)};
  if (std::isnan(*millis)) return std::nullopt;
  return millis;
}

}  // namespace penstock::jsonata
