// Regex: a regular expression (PCRE2, UTF-8) for the values of a column, matched anywhere unless it has anchors.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::explore {

class Regex {
 public:
  // Error "BadRegex" says where the expression is wrong.
  static Outcome<Regex> compile(const std::string& text);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // False for a text that is not UTF-8, or whose match takes too many steps.
  bool matches(std::string_view text) const;

 private:
  struct Code;
  explicit Regex(std::unique_ptr<Code> code);
  std::unique_ptr<Code> code_;
};

}  // namespace penstock::explore
