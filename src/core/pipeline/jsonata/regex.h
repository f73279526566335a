// Regex: a regular expression literal, JavaScript's by PCRE2. Each match may take a bounded number of steps.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::jsonata {

class Regex {
 public:
  // Throws Failure S0303 with PCRE2's message.
  Regex(std::string_view pattern, bool ignore_case, bool multiline);

  struct Span {
    size_t start = 0, end = 0;
    bool set = false;
  };
  // The first match at or after `from` (bytes): the whole, then each group. Empty when there is none. Throws Failure
  // U1001 when the match takes too many steps. `checked`: an earlier call saw the same subject.
  std::vector<Span> search(std::string_view subject, size_t from, bool checked) const;
  std::string_view pattern() const { return pattern_; }

 private:
  std::string pattern_;
  std::shared_ptr<void> code_;  // pcre2_code
};

}  // namespace penstock::jsonata
