#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/pipeline/jsonata/regex.h"

#include <pcre2.h>

#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

constexpr uint32_t match_steps_max = 1'000'000;
constexpr uint32_t match_depth_max = 10'000;
constexpr uint32_t match_heap_kib_max = 20'000;
constexpr uint32_t parentheses_max = 100;

PCRE2_SPTR bytes(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

}  // namespace

Regex::Regex(std::string_view pattern, bool ignore_case, bool multiline) : pattern_(pattern) {
  const std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX | PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
  pcre2_set_parens_nest_limit(context.get(), parentheses_max);
  // What JavaScript means by these: \uXXXX, \y is y, [] and [^], an unset group matches the empty text, $ only at the
  // very end.
  uint32_t options =
      PCRE2_UTF | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  if (ignore_case) options |= PCRE2_CASELESS;
  if (multiline) options |= PCRE2_MULTILINE;
  int number = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(bytes(pattern), pattern.size(), options, &number, &offset, context.get());
  if (!code) {
    unsigned char text[256];
    pcre2_get_error_message(number, text, sizeof text);
    throw Failure{.code = "S0303",
                  .message = "Invalid regular expression: " + std::string(reinterpret_cast<const char*>(text))};
  }
  code_ = std::shared_ptr<void>(code, [](void* owned) { pcre2_code_free(static_cast<pcre2_code*>(owned)); });
}

std::vector<Regex::Span> Regex::search(std::string_view subject, size_t from, bool checked) const {
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const std::unique_ptr<pcre2_match_context, void (*)(pcre2_match_context*)> context(
      pcre2_match_context_create(nullptr), pcre2_match_context_free);
  pcre2_set_match_limit(context.get(), match_steps_max);
  pcre2_set_depth_limit(context.get(), match_depth_max);
  pcre2_set_heap_limit(context.get(), match_heap_kib_max);
  const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> data(
      pcre2_match_data_create_from_pattern(code, nullptr), pcre2_match_data_free);
  const int count = pcre2_match(code, bytes(subject), subject.size(), from, checked ? PCRE2_NO_UTF_CHECK : 0,
                                data.get(), context.get());
  if (count == PCRE2_ERROR_MATCHLIMIT || count == PCRE2_ERROR_DEPTHLIMIT || count == PCRE2_ERROR_HEAPLIMIT) {
    throw Failure{.code = "U1001", .message = "The regular expression takes too many steps on this text"};
  }
  if (count <= 0) return {};
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data.get());
  std::vector<Span> spans(pcre2_get_ovector_count(data.get()));
  for (size_t group = 0; group < spans.size(); ++group) {
    if (offsets[2 * group] == PCRE2_UNSET || static_cast<int>(group) >= count) continue;
    spans[group] = {offsets[2 * group], offsets[2 * group + 1], true};
  }
  if (spans[0].end < spans[0].start) return {};  // \K inside a lookahead
  return spans;
}

}  // namespace penstock::jsonata
