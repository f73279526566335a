#include "aws/logs/json_condition.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/encoding.h"

namespace penstock::aws::logs {

namespace {

using Condition = std::shared_ptr<const JsonCondition>;

constexpr int depth_max = 32;  // of parentheses

enum class Operator {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  is_null,
  is_true,
  is_false,
  not_exists
};

// A step of a selector: a member, or an element of an array.
using Step = std::variant<std::string, size_t>;

// Whether `text` is what `pattern` says, where '*' stands for any characters.
bool is_like(std::string_view text, std::string_view pattern) {
  size_t star = std::string_view::npos;
  size_t resume = 0;
  size_t at = 0;
  size_t in_pattern = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      resume = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

class Comparison final : public JsonCondition {
 public:
  std::vector<Step> selector;
  Operator operation = Operator::equal;
  std::string text;              // the value as written, unquoted
  std::optional<double> number;  // set when the value is an unquoted number

  bool holds(const Json& line) const override {
    const Json* value = find(line);
    switch (operation) {
      case Operator::not_exists:
        return value == nullptr;
      case Operator::is_null:
        return value != nullptr && value->is_null();
      case Operator::is_true:
        return value != nullptr && value->is_boolean() && value->as_boolean();
      case Operator::is_false:
        return value != nullptr && value->is_boolean() && !value->as_boolean();
      default:
        return value != nullptr && compares(*value);
    }
  }

 private:
  const Json* find(const Json& line) const {
    const Json* value = &line;
    for (const Step& step : selector) {
      if (const auto* name = std::get_if<std::string>(&step)) {
        value = value->find(*name);
      } else {
        size_t index = std::get<size_t>(step);
        value = value->is_array() && index < value->size() ? &(*value)[index] : nullptr;
      }
      if (value == nullptr) return nullptr;
    }
    return value;
  }

  bool compares(const Json& value) const {
    if (number && value.is_number()) return compares(value.as_double(), *number);
    if (operation != Operator::equal && operation != Operator::not_equal) return false;
    std::string found = value.is_string() ? std::string(value.as_string()) : to_string(value);
    return is_like(found, text) == (operation == Operator::equal);
  }

  bool compares(double left, double right) const {
    switch (operation) {
      case Operator::equal:
        return left == right;
      case Operator::not_equal:
        return left != right;
      case Operator::less:
        return left < right;
      case Operator::less_or_equal:
        return left <= right;
      case Operator::greater:
        return left > right;
      default:
        return left >= right;
    }
  }
};

class Combination final : public JsonCondition {
 public:
  Combination(bool all, std::vector<Condition> parts) : all_(all), parts_(std::move(parts)) {}
  bool holds(const Json& line) const override {
    for (const Condition& part : parts_) {
      if (part->holds(line) != all_) return !all_;
    }
    return all_;
  }

 private:
  bool all_;  // else any
  std::vector<Condition> parts_;
};

// any = all { "||" all };  all = one { "&&" one };  one = "(" any ")" | selector comparison.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Outcome<Condition> parse() {
    if (!take("{")) return expected("'{'");
    Outcome<Condition> condition = any(0);
    if (!condition) return condition;
    if (!take("}")) return expected("'}', '&&' or '||'");
    skip_space();
    if (at_ != text_.size()) return expected("nothing after '}'");
    return condition;
  }

 private:
  Outcome<Condition> any(int depth) { return sequence(depth, false); }
  Outcome<Condition> all(int depth) { return sequence(depth, true); }

  Outcome<Condition> sequence(int depth, bool is_all) {
    std::vector<Condition> parts;
    do {
      Outcome<Condition> part = is_all ? one(depth) : all(depth);
      if (!part) return part;
      parts.push_back(std::move(*part));
    } while (take(is_all ? "&&" : "||"));
    if (parts.size() == 1) return parts.front();
    return Condition(std::make_shared<Combination>(is_all, std::move(parts)));
  }

  Outcome<Condition> one(int depth) {
    if (take("(")) {
      if (depth == depth_max) return expected("fewer parentheses");
      Outcome<Condition> inner = any(depth + 1);
      if (inner && !take(")")) return expected("')'");
      return inner;
    }
    auto comparison = std::make_shared<Comparison>();
    if (Outcome<void> done = selector(*comparison); !done) return done.error();
    if (Outcome<void> done = operation(*comparison); !done) return done.error();
    return Condition(std::move(comparison));
  }

  Outcome<void> selector(Comparison& comparison) {
    if (!take("$")) return expected("a selector that begins with '$.'");
    while (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == '[')) {
      if (text_[at_++] == '.') {
        size_t start = at_;
        while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
        if (at_ == start) return expected("a property name");
        comparison.selector.emplace_back(std::string(text_.substr(start, at_ - start)));
      } else if (Outcome<void> done = bracket(comparison); !done) {
        return done;
      }
    }
    if (comparison.selector.empty()) return expected("'.' and a property name");
    return {};
  }

  // [3] or ['name'].
  Outcome<void> bracket(Comparison& comparison) {
    size_t end = text_.find(']', at_);
    if (end == std::string_view::npos) return expected("']'");
    std::string_view inside = trim(text_.substr(at_, end - at_));
    if (inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"') && inside.back() == inside.front()) {
      comparison.selector.emplace_back(std::string(inside.substr(1, inside.size() - 2)));
    } else {
      size_t index = 0;
      auto [stop, problem] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
      if (problem != std::errc() || stop != inside.data() + inside.size())
        return expected("an index (wildcards are not served yet)");
      comparison.selector.emplace_back(index);
    }
    at_ = end + 1;
    return {};
  }

  Outcome<void> operation(Comparison& comparison) {
    struct Sign {
      std::string_view text;
      Operator operation;
    };
    // Longer ones first.
    static constexpr Sign signs[] = {
        {"!=", Operator::not_equal}, {"<=", Operator::less_or_equal}, {">=", Operator::greater_or_equal},
        {"==", Operator::equal},     {"=", Operator::equal},          {"<", Operator::less},
        {">", Operator::greater}};
    for (const Sign& sign : signs) {
      if (!take(sign.text)) continue;
      comparison.operation = sign.operation;
      return value(comparison);
    }
    if (take_word("IS")) {
      if (take_word("NULL")) return set(comparison, Operator::is_null);
      if (take_word("TRUE")) return set(comparison, Operator::is_true);
      if (take_word("FALSE")) return set(comparison, Operator::is_false);
      return expected("NULL, TRUE or FALSE");
    }
    if (take_word("NOT") && take_word("EXISTS")) return set(comparison, Operator::not_exists);
    return expected("=, !=, <, <=, >, >=, IS or NOT EXISTS");
  }

  static Outcome<void> set(Comparison& comparison, Operator operation) {
    comparison.operation = operation;
    return {};
  }

  Outcome<void> value(Comparison& comparison) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '%')
      return expected("a value (regular expressions, %...%, are not served yet)");
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        comparison.text.push_back(text_[at_]);
      }
      if (at_ == text_.size()) return expected("a closing quotation mark");
      ++at_;
    } else {
      size_t start = at_;
      while (at_ < text_.size() && std::string_view(" \t\n\r)}&|").find(text_[at_]) == std::string_view::npos) ++at_;
      if (at_ == start) return expected("a value");
      comparison.text = text_.substr(start, at_ - start);
      Outcome<Json> number = parse_json(comparison.text);
      if (number && number->is_number()) comparison.number = number->as_double();
    }
    bool ordered = comparison.operation != Operator::equal && comparison.operation != Operator::not_equal;
    if (ordered && !comparison.number) return expected("a number");
    return {};
  }

  static bool is_name_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
           c == ':' || c == '@' || c == '/' || (static_cast<unsigned char>(c) & 0x80) != 0;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  bool take(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  bool take_word(std::string_view word) {
    skip_space();
    if (to_lower(text_.substr(at_, word.size())) != to_lower(word)) return false;
    at_ += word.size();
    return true;
  }

  Error expected(std::string_view what) const {
    return Error{"InvalidParameterException",
                 fmt::format("Invalid filter pattern at character {}: expected {}", at_ + 1, what),
                 400,
                 {}};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Outcome<std::shared_ptr<const JsonCondition>> parse_json_condition(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace penstock::aws::logs
