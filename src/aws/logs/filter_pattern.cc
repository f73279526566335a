#include "aws/logs/filter_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/logs/json_condition.h"
#include "base/encoding.h"

namespace penstock::aws::logs {

namespace {

Error invalid(std::string message) {
  return Error{"InvalidParameterException", std::move(message), 400, {}};
}

// "Terms that include characters other than alphanumeric or underscore must be placed in double quotation marks."
bool is_term_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct Term {
  char sign = 0;  // '?', '-' or none
  std::string text;
};

// Takes one term off the front of `rest`, which begins with one.
Outcome<Term> take_term(std::string_view& rest) {
  Term term;
  if (rest.front() == '?' || rest.front() == '-') {
    term.sign = rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() == '"') {
    size_t end = 1;
    for (; end < rest.size() && rest[end] != '"'; ++end) {
      if (rest[end] == '\\' && end + 1 < rest.size() && (rest[end + 1] == '"' || rest[end + 1] == '\\')) ++end;
      term.text.push_back(rest[end]);
    }
    if (end >= rest.size()) return invalid(fmt::format("Unclosed quotation mark in filter pattern: {}", rest));
    rest.remove_prefix(end + 1);
    return term;
  }
  size_t end = static_cast<size_t>(std::find_if(rest.begin(), rest.end(), is_space) - rest.begin());
  term.text = rest.substr(0, end);
  rest.remove_prefix(end);
  if (term.text.empty() || !std::all_of(term.text.begin(), term.text.end(), is_term_character)) {
    return invalid(fmt::format("Invalid character(s) in term '{}'", term.text));
  }
  return term;
}

}  // namespace

Outcome<FilterPattern> FilterPattern::parse(std::string_view text) {
  FilterPattern pattern;
  std::string_view rest = trim(text);
  if (rest.empty()) return pattern;
  if (rest.front() == '{') {
    Outcome<std::shared_ptr<const JsonCondition>> condition = parse_json_condition(rest);
    if (!condition) return condition.error();
    pattern.condition_ = std::move(*condition);
    return pattern;
  }
  if (rest.front() == '[') {
    return invalid(
        "Space-delimited filter patterns ([...]) are not served yet. Use terms, or { $.field = value } on JSON lines");
  }
  if (rest.front() == '%') {
    return invalid(
        "Filter patterns with regular expressions (%...%) are not served yet. Use terms, or { $.field = value } on "
        "JSON lines");
  }
  while (!(rest = trim(rest)).empty()) {
    Outcome<Term> term = take_term(rest);
    if (!term) return term.error();
    auto& terms = term->sign == '?' ? pattern.optional_ : term->sign == '-' ? pattern.excluded_ : pattern.required_;
    terms.push_back(std::move(term->text));
  }
  // "If you combine ? with other filter patterns, such as include and exclude terms, all ? patterns will be ignored."
  if (!pattern.required_.empty() || !pattern.excluded_.empty()) pattern.optional_.clear();
  return pattern;
}

bool FilterPattern::matches(std::string_view message) const {
  if (condition_) {
    std::string_view trimmed = trim(message);
    if (trimmed.empty() || trimmed.front() != '{') return false;
    Outcome<Json> line = parse_json(trimmed);
    return line.ok() && condition_->holds(*line);
  }
  auto contains = [&](const std::string& term) { return message.find(term) != std::string_view::npos; };
  return std::all_of(required_.begin(), required_.end(), contains) &&
         std::none_of(excluded_.begin(), excluded_.end(), contains) &&
         (optional_.empty() || std::any_of(optional_.begin(), optional_.end(), contains));
}

}  // namespace penstock::aws::logs
