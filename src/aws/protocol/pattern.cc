#define PCRE2_CODE_UNIT_WIDTH 8
#include "aws/protocol/pattern.h"

#include <pcre2.h>

#include <memory>

namespace penstock::aws {

// Compiles once; of two threads that race, one result is kept.
void* Pattern::code() const {
  void* code = code_.load(std::memory_order_acquire);
  if (code != nullptr) return code;
  int error = 0;
  PCRE2_SIZE offset = 0;
  // Java's syntax has \uXXXX, which PCRE2 reads with EXTRA_ALT_BSUX; `matches` means both ends are anchored.
  std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
  pcre2_code* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(syntax_), PCRE2_ZERO_TERMINATED,
                                       PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &offset, context.get());
  if (compiled != nullptr) pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
  void* fresh = compiled != nullptr ? static_cast<void*>(compiled) : const_cast<char*>(text_);
  if (code_.compare_exchange_strong(code, fresh, std::memory_order_acq_rel)) return fresh;
  if (compiled != nullptr) pcre2_code_free(compiled);
  return code;
}

bool Pattern::compiles() const {
  return code() != static_cast<const void*>(text_);
}

bool Pattern::matches(std::string_view value) const {
  if (!compiles()) return true;
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(pcre2_match_data_create(1, nullptr),
                                                                           pcre2_match_data_free);
  return pcre2_match(static_cast<pcre2_code*>(code()), reinterpret_cast<PCRE2_SPTR>(value.data()), value.size(), 0, 0,
                     data.get(), nullptr) >= 0;
}

}  // namespace penstock::aws
