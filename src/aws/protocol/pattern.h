// Pattern: a regular expression of a service model, compiled at its first use. AWS checks them with Java's `matches`:
// the whole text must match.
#pragma once

#include <atomic>
#include <string_view>

namespace penstock::aws {

class Pattern {
 public:
  // `text` as the model has it; `syntax`, the same in PCRE2's syntax where that differs from Java's.
  constexpr explicit Pattern(const char* text) : text_(text), syntax_(text) {}
  constexpr Pattern(const char* text, const char* syntax) : text_(text), syntax_(syntax) {}
  std::string_view text() const { return text_; }
  // A text that is not UTF-8 does not match. A pattern that PCRE2 cannot compile matches all (a test names any such).
  bool matches(std::string_view value) const;
  bool compiles() const;

 private:
  void* code() const;

  const char* text_;
  const char* syntax_;
  mutable std::atomic<void*> code_{nullptr};  // pcre2_code, or the address of `text_` when it does not compile
};

}  // namespace penstock::aws
