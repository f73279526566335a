#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/pipeline/path_pattern.h"

#include <pcre2.h>

namespace penstock::pipeline {
namespace {

constexpr uint32_t steps_max = 100'000;  // a hostile expression stops there

PCRE2_SPTR bytes(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

}  // namespace

Outcome<PathPattern> PathPattern::compile(std::string_view source, bool ignore_case) {
  int number = 0;
  PCRE2_SIZE offset = 0;
  const uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | (ignore_case ? PCRE2_CASELESS : 0);
  pcre2_code* code = pcre2_compile(bytes(source), source.size(), options, &number, &offset, nullptr);
  if (!code) {
    unsigned char text[256];
    pcre2_get_error_message(number, text, sizeof text);
    return Error{"InvalidPattern", reinterpret_cast<const char*>(text)};
  }
  return PathPattern(std::shared_ptr<const void>(code, [code](const void*) { pcre2_code_free(code); }));
}

bool PathPattern::matches(std::string_view text) const {
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const std::unique_ptr<pcre2_match_context, void (*)(pcre2_match_context*)> context(
      pcre2_match_context_create(nullptr), pcre2_match_context_free);
  const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> data(
      pcre2_match_data_create_from_pattern(code, nullptr), pcre2_match_data_free);
  pcre2_set_match_limit(context.get(), steps_max);
  return pcre2_match(code, bytes(text), text.size(), 0, 0, data.get(), context.get()) > 0;
}

}  // namespace penstock::pipeline
