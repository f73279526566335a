#include "core/explore/regex.h"

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace penstock::explore {

namespace {

constexpr uint32_t steps_max = 1'000'000;

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
  ~Code() {
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
  }
};

Regex::Regex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Outcome<Regex> Regex::compile(const std::string& text) {
  int number = 0;
  size_t at = 0;
  auto made = std::make_unique<Code>();
  made->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                             PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &number, &at, nullptr);
  if (!made->code) {
    unsigned char message[128] = {};
    pcre2_get_error_message(number, message, sizeof message);
    return Error{"BadRegex", fmt::format("the regular expression '{}' is wrong at character {}: {}", text, at,
                                         reinterpret_cast<const char*>(message))};
  }
  pcre2_jit_compile(made->code, PCRE2_JIT_COMPLETE);  // where the machine has it; matching is the same without
  made->data = pcre2_match_data_create_from_pattern(made->code, nullptr);
  made->context = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(made->context, steps_max);
  return Regex(std::move(made));
}

bool Regex::matches(std::string_view text) const {
  return pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, code_->data,
                     code_->context) >= 0;
}

}  // namespace penstock::explore
