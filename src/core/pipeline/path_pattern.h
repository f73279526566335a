// PathPattern: the regular expression of a filter's `=~`. Private to path*.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::pipeline {

class PathPattern {
 public:
  // The error (code "InvalidPattern") says what is wrong with the expression.
  static Outcome<PathPattern> compile(std::string_view source, bool ignore_case);
  // Whether the whole text matches, as Java's `matches`. A match that takes too many steps is none.
  bool matches(std::string_view text) const;

 private:
  explicit PathPattern(std::shared_ptr<const void> code) : code_(std::move(code)) {}
  std::shared_ptr<const void> code_;  // pcre2_code
};

}  // namespace penstock::pipeline
