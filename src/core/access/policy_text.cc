#include "core/access/policy_text.h"

#include <algorithm>

#include "base/encoding.h"

namespace penstock::access {

namespace {

constexpr char any_run = '\1';
constexpr char any_one = '\2';
constexpr char variable = '\3';
constexpr char otherwise = '\4';

// Linear in practice: after a mismatch it goes back to the last run only.
bool glob(std::string_view pattern, std::string_view text) {
  size_t at = 0, position = 0, run = std::string_view::npos, resume = 0;
  while (position < text.size()) {
    if (at < pattern.size() && pattern[at] == any_run) {
      run = at++;
      resume = position;
    } else if (at < pattern.size() && (pattern[at] == any_one || pattern[at] == text[position])) {
      ++at;
      ++position;
    } else if (run != std::string_view::npos) {
      at = run + 1;
      position = ++resume;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == any_run) ++at;
  return at == pattern.size();
}

// The inside of ${...}: a name, or NAME, 'DEFAULT'.
std::string variable_pattern(std::string_view inside) {
  std::string pattern(1, variable);
  size_t comma = inside.find(',');
  pattern += to_lower(trim(inside.substr(0, comma)));
  if (comma != std::string_view::npos) {
    std::string_view value = trim(inside.substr(comma + 1));
    if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') value = value.substr(1, value.size() - 2);
    pattern += otherwise;
    pattern += value;
  }
  return pattern + variable;
}

// The first five parts of an ARN and the rest.
std::vector<std::string_view> arn_parts(std::string_view arn) {
  std::vector<std::string_view> parts;
  while (parts.size() < 5) {
    size_t colon = arn.find(':');
    if (colon == std::string_view::npos) break;
    parts.push_back(arn.substr(0, colon));
    arn.remove_prefix(colon + 1);
  }
  parts.push_back(arn);
  return parts;
}

}  // namespace

PolicyText PolicyText::compile(std::string_view text, bool variables) {
  PolicyText compiled;
  std::string& pattern = compiled.pattern_;
  for (size_t at = 0; at < text.size(); ++at) {
    size_t end = std::string_view::npos;
    if (variables && text.substr(at).starts_with("${")) end = text.find('}', at);
    if (end != std::string_view::npos) {
      std::string_view inside = text.substr(at + 2, end - at - 2);
      if (inside == "*" || inside == "?" || inside == "$") {
        pattern += inside;
      } else {
        pattern += variable_pattern(inside);
        compiled.has_variables_ = true;
      }
      at = end;
    } else {
      pattern += text[at] == '*' ? any_run : text[at] == '?' ? any_one : text[at];
    }
  }
  return compiled;
}

std::optional<std::string> PolicyText::fill(const RequestKeys& keys) const {
  std::string filled;
  std::string_view rest = pattern_;
  for (size_t start = rest.find(variable); start != std::string_view::npos; start = rest.find(variable)) {
    filled += rest.substr(0, start);
    size_t end = rest.find(variable, start + 1);
    std::string_view inside = rest.substr(start + 1, end - start - 1);
    size_t mark = inside.find(otherwise);
    std::optional<std::vector<std::string>> values = keys.find(inside.substr(0, mark));
    if (values && values->size() == 1) {  // a key of several values is no variable
      filled += values->front();
    } else if (mark != std::string_view::npos) {
      filled += inside.substr(mark + 1);
    } else {
      return std::nullopt;
    }
    rest.remove_prefix(end + 1);
  }
  filled += rest;
  return filled;
}

bool PolicyText::matches(std::string_view text, const RequestKeys& keys) const {
  if (!has_variables_) return glob(pattern_, text);
  std::optional<std::string> filled = fill(keys);
  return filled && glob(*filled, text);
}

bool PolicyText::matches_arn(std::string_view arn, const RequestKeys& keys) const {
  std::optional<std::string> filled = has_variables_ ? fill(keys) : pattern_;
  if (!filled) return false;
  if (filled->size() == 1 && filled->front() == any_run) return true;
  std::vector<std::string_view> wanted = arn_parts(*filled);
  std::vector<std::string_view> given = arn_parts(arn);
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(), glob);
}

std::optional<std::string> PolicyText::text(const RequestKeys& keys) const {
  std::optional<std::string> filled = fill(keys);
  if (!filled) return std::nullopt;
  std::replace(filled->begin(), filled->end(), any_run, '*');
  std::replace(filled->begin(), filled->end(), any_one, '?');
  return filled;
}

bool PolicyText::is_everything() const {
  return pattern_.size() == 1 && pattern_.front() == any_run;
}

}  // namespace penstock::access
