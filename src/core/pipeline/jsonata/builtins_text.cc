// $string, $length and what else works on texts. Each follows the function of that name in
// https://docs.jsonata.org/string-functions.
#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cmath>

#include "base/encoding.h"
#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/text_position.h"

namespace penstock::jsonata {
namespace {

Value string(Evaluator& evaluator, const Call& call) {
  Value value = call[0];
  if (value.is_undefined() || value.is_string()) return value;
  if (!call[1].is_true() || value.is_number() || value.is_function())
    return evaluator.new_string(evaluator.string_of(value));
  if (value.is_outer_wrapper()) value = ArrayView(value)[0];
  std::string text;
  append_json_text(text, value, true);
  return evaluator.new_string(text);
}

Value length(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  return Value::of_number(static_cast<double>(code_points(call[0].string())));
}

// JavaScript's slice: negative counts from the end, both ends are cut to the text.
size_t slice_index(double at, double size) {
  if (std::isnan(at)) return 0;
  at = std::trunc(at);
  if (at < 0) at = std::max(0.0, size + at);
  return static_cast<size_t>(std::min(at, size));
}

Value substring(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const std::string_view text = call[0].string();
  const auto size = static_cast<double>(code_points(text));
  double start = call[1].is_undefined() ? 0 : call[1].number();
  if (size + start < 0) start = 0;
  double end = size;
  if (!call[2].is_undefined()) {
    const double count = call[2].number();
    if (count <= 0 || call[1].is_undefined()) return Value::of_string("");
    end = start >= 0 ? start + count : size + start + count;
  }
  const size_t from = slice_index(start, size), to = slice_index(end, size);
  if (from >= to) return Value::of_string("");
  const size_t first = code_point_offset(text, from);
  return Value::of_string(text.substr(first, code_point_offset(text.substr(first), to - from)));
}

Value substring_before(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  if (call[1].is_undefined()) return call[0];
  const size_t at = call[0].string().find(call[1].string());
  return at == std::string_view::npos ? call[0] : Value::of_string(call[0].string().substr(0, at));
}

Value substring_after(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  if (call[1].is_undefined()) return call[0];
  const size_t at = call[0].string().find(call[1].string());
  return at == std::string_view::npos ? call[0] : Value::of_string(call[0].string().substr(at + call[1].length));
}

void append_code_point(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const uint32_t leads[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(leads[more] | code >> (6 * more));
  for (int rest = more - 1; rest >= 0; --rest) out += static_cast<char>(0x80 | (code >> (6 * rest) & 0x3f));
}

Value change_case(Evaluator& evaluator, Value value, bool upper) {
  if (value.is_undefined()) return value;
  // The C library's own UTF-8 locale, whatever the process has set; a constant.
  static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const std::string_view text = value.string();
  evaluator.tick(text.size() / 64);
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); at += code_point_length(text, at)) {
    const char32_t code = code_point_at(text, at);
    if (code < 0x80) {
      const bool change = upper ? code >= 'a' && code <= 'z' : code >= 'A' && code <= 'Z';
      out += static_cast<char>(change ? code ^ 0x20 : code);
    } else if (upper && code == 0xdf) {
      out += "SS";
    } else {
      const auto wide = static_cast<wint_t>(code);
      append_code_point(out, unicode ? (upper ? towupper_l(wide, unicode) : towlower_l(wide, unicode)) : code);
    }
  }
  return evaluator.new_string(out);
}

Value lowercase(Evaluator& evaluator, const Call& call) {
  return change_case(evaluator, call[0], false);
}
Value uppercase(Evaluator& evaluator, const Call& call) {
  return change_case(evaluator, call[0], true);
}

Value trim_blank(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  std::string out;
  for (char c : call[0].string()) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return evaluator.new_string(out);
}

Value pad(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined() || call[1].is_undefined()) return call[0];
  const std::string_view text = call[0].string();
  const std::string_view filler = call[2].is_undefined() || call[2].length == 0 ? " " : call[2].string();
  const double width = std::trunc(call[1].number());
  const double missing = std::fabs(width) - static_cast<double>(code_points(text));
  if (!(missing > 0)) return call[0];
  if (missing > 1e9) throw Failure{.code = "U1001", .message = "The text would be too long"};
  evaluator.arena().charge(static_cast<size_t>(missing) * filler.size() / std::max<size_t>(code_points(filler), 1));
  std::string padding;
  size_t at = 0;
  for (auto left = static_cast<size_t>(missing); left > 0; --left) {
    const size_t bytes = code_point_length(filler, at);
    padding += filler.substr(at, bytes);
    at = (at + bytes) % filler.size();
  }
  return evaluator.new_string(width > 0 ? std::string(text) + padding : padding + std::string(text));
}

Value join(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const ArrayView items(call[0]);
  std::string out;
  evaluator.tick(items.size());
  for (size_t at = 0; at < items.size(); ++at) {
    if (at && !call[1].is_undefined()) out += call[1].string();
    if (items[at].is_string()) out += items[at].string();
    if (out.size() > evaluator.environment().limits.memory_bytes_max)
      throw Failure{.code = "U1001", .message = "The text would be too long"};
  }
  return evaluator.new_string(out);
}

constexpr Builtin all[] = {
    {"string", string, "<x-b?:s>", 1},
    {"length", length, "<s-:n>", 1},
    {"substring", substring, "<s-nn?:s>", 3},
    {"substringBefore", substring_before, "<s-s:s>", 2},
    {"substringAfter", substring_after, "<s-s:s>", 2},
    {"lowercase", lowercase, "<s-:s>", 1},
    {"uppercase", uppercase, "<s-:s>", 1},
    {"trim", trim_blank, "<s-:s>", 1},
    {"pad", pad, "<s-ns?:s>", 3},
    {"join", join, "<a<s>s?:s>", 2},
};

}  // namespace

std::span<const Builtin> text_builtins() {
  return all;
}

}  // namespace penstock::jsonata
