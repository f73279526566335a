#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/stack/parameter_pattern.h"

#include <pcre2.h>

#include <memory>

namespace penstock::stack {

std::optional<bool> matches_pattern(std::string_view pattern, std::string_view value) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                    PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &offset, nullptr),
      pcre2_code_free);
  if (!code) return std::nullopt;
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(pcre2_match_data_create(1, nullptr),
                                                                           pcre2_match_data_free);
  return pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(value.data()), value.size(), 0, 0, data.get(), nullptr) >=
         0;
}

}  // namespace penstock::stack
