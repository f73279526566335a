#include "core/pipeline/json_complaint.h"

#include <fmt/format.h>

#include <cctype>
#include <vector>

namespace penstock::pipeline {
namespace {

constexpr std::string_view values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
constexpr size_t source_characters_max = 500;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_identifier(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$';
}

// Walks over the text as Jackson's parser does, as far as the first mistake.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  std::optional<JsonComplaint> find() {
    if (!skip_space()) return JsonComplaint{"No content to map due to end-of-input", source_at(0)};
    bool more = value();
    while (more && !problem_ && !open_.empty()) more = next_entry();
    if (!problem_) return std::nullopt;
    return JsonComplaint{std::move(*problem_), source_at(at_ + 1)};
  }

 private:
  struct Opened {
    char close;  // ']' or '}'
    size_t at;
    bool any = false;  // an entry was read
  };

  std::string source_at(size_t column_end) const {
    size_t end = std::min(at_, text_.size());
    size_t line = 1, line_start = 0;
    for (size_t at = 0; at < end; ++at) {
      if (text_[at] != '\n') continue;
      ++line;
      line_start = at + 1;
    }
    std::string quoted = "\"" + std::string(text_.substr(0, source_characters_max)) + "\"";
    if (text_.size() > source_characters_max) {
      quoted += fmt::format("[truncated {} chars]", text_.size() - source_characters_max);
    }
    return fmt::format("[Source: (String){}; line: {}, column: {}]", quoted, line,
                       column_end - std::min(column_end, line_start));
  }
  std::string start_of(const Opened& opened) const {
    Walk there(text_);
    there.at_ = opened.at;
    return there.source_at(opened.at + 1);
  }
  static std::string_view kind(const Opened& opened) { return opened.close == '}' ? "Object" : "Array"; }

  bool skip_space() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ < text_.size();
  }
  bool fail(std::string message) {
    problem_ = std::move(message);
    return false;
  }
  // The character at `at_` is read by the time Jackson complains of it.
  bool unexpected(std::string_view expected) {
    unsigned char c = static_cast<unsigned char>(text_[at_]);
    std::string shown = c < 32 ? fmt::format("(CTRL-CHAR, code {})", c) : fmt::format("'{}' (code {})", text_[at_], c);
    ++at_;
    return fail(fmt::format("Unexpected character ({}): {}", shown, expected));
  }
  bool ended_between() {
    return fail(
        fmt::format("Unexpected end-of-input within/between {} entries", open_.empty() ? "root" : kind(open_.back())));
  }

  bool next_entry() {
    Opened& inner = open_.back();
    if (!skip_space()) {
      return fail(fmt::format("Unexpected end-of-input: expected close marker for {} (start marker at {})", kind(inner),
                              start_of(inner)));
    }
    if (text_[at_] == inner.close) {
      ++at_;
      open_.pop_back();
      return true;
    }
    if (text_[at_] == ']' || text_[at_] == '}') {
      char found = text_[at_++];
      return fail(fmt::format("Unexpected close marker '{}': expected '{}' (for {} starting at {})", found, inner.close,
                              kind(inner), start_of(inner)));
    }
    if (inner.any) {
      if (text_[at_] != ',') return unexpected(fmt::format("was expecting comma to separate {} entries", kind(inner)));
      ++at_;
      if (!skip_space()) return ended_between();
    }
    inner.any = true;
    if (inner.close == '}' && !name()) return false;
    return value();
  }

  bool name() {
    if (text_[at_] != '"') return unexpected("was expecting double-quote to start field name");
    if (!string(" in field name", "name")) return false;
    if (!skip_space()) return ended_between();
    if (text_[at_] != ':') return unexpected("was expecting a colon to separate field name and value");
    ++at_;
    return skip_space() || ended_between();
  }

  bool value() {
    char c = text_[at_];
    if (c == '{' || c == '[') {
      open_.push_back({c == '{' ? '}' : ']', at_++});
      return true;
    }
    if (c == '"') return string(": was expecting closing quote for a string value", "string value");
    if (c == '-' || is_digit(c)) return number();
    if (c == '}') return unexpected("expected a value");
    if (!is_identifier(c)) return unexpected(fmt::format("expected a valid value {}", values));
    size_t start = at_;
    while (at_ < text_.size() && is_identifier(text_[at_])) ++at_;
    std::string_view token = text_.substr(start, at_ - start);
    if (token == "true" || token == "false" || token == "null") return true;
    return fail(fmt::format("Unrecognized token '{}': was expecting {}", token, values));
  }

  bool number() {
    if (text_[at_] == '-') {
      ++at_;
      if (at_ < text_.size() && !is_digit(text_[at_])) {
        unexpected("expected digit (0-9) to follow minus sign, for valid numeric value");
        size_t colon = problem_->find("):");
        problem_->replace(colon, 2, ") in numeric value:");
        return false;
      }
    }
    if (text_.substr(at_).starts_with("0") && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      return fail("Invalid numeric value: Leading zeroes not allowed");
    }
    while (at_ < text_.size() &&
           (is_digit(text_[at_]) || std::string_view("+-.eE").find(text_[at_]) != std::string_view::npos))
      ++at_;
    return true;
  }

  bool string(std::string_view cut_off, std::string_view what) {
    for (++at_; at_ < text_.size(); ++at_) {
      unsigned char c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c < 32) {
        ++at_;
        return fail(fmt::format(
            "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be included in {}",
            c, what));
      }
      if (c != '\\' || ++at_ >= text_.size()) continue;
      if (std::string_view("\"\\/bfnrtu").find(text_[at_]) != std::string_view::npos) continue;
      char escaped = text_[at_++];
      return fail(
          fmt::format("Unrecognized character escape '{}' (code {})", escaped, static_cast<unsigned char>(escaped)));
    }
    return fail(fmt::format("Unexpected end-of-input{}", cut_off));
  }

  std::string_view text_;
  size_t at_ = 0;  // what is read so far
  std::vector<Opened> open_;
  std::optional<std::string> problem_;
};

}  // namespace

std::optional<JsonComplaint> json_complaint(std::string_view text) {
  return Walk(text).find();
}

}  // namespace penstock::pipeline
