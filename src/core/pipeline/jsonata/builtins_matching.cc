// $match, $contains, $replace, $split: with a text, a regular expression, or a function that follows the matcher
// protocol (https://docs.jsonata.org/regex: it gives {match, start, end, groups, next} or nothing).
#include <algorithm>
#include <cmath>

#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/text_position.h"

namespace penstock::jsonata {
namespace {

// Walks the matches of a text.
class Matches {
 public:
  Matches(Evaluator& evaluator, const Function* matcher, std::string_view subject, std::string_view caller)
      : evaluator_(evaluator), matcher_(matcher), subject_(subject), caller_(caller) {}

  bool next() {
    evaluator_.tick(4);
    if (matcher_->kind == Function::Kind::regex) return next_native();
    Values arguments;
    if (!started_) arguments.push_back(Value::of_string(subject_));
    if (started_ && !object_.is_object()) return false;
    const Value step = started_ ? member_of(object_, "next") : Value::of_function(matcher_);
    if (!step.is_function()) return false;
    started_ = true;
    object_ = evaluator_.apply(step.function, arguments, Value::null(), nullptr);
    check();
    if (!object_.is_object()) return false;
    const Value matched = member_of(object_, "match");
    text_ = matched.is_string() ? matched.string() : std::string_view();
    start_ = offset(member_of(object_, "start"));
    end_ = offset(member_of(object_, "end"));
    return true;
  }

  std::string_view text() const { return text_; }
  size_t start() const { return start_; }  // bytes
  size_t end() const { return end_; }

  Value groups() {
    if (matcher_->kind != Function::Kind::regex) return member_of(object_, "groups");
    Array* groups = evaluator_.new_array();
    for (size_t group = 1; group < spans_.size(); ++group) {
      const Regex::Span span = spans_[group];
      groups->push(evaluator_.arena(),
                   span.set ? Value::of_string(subject_.substr(span.start, span.end - span.start)) : Value());
    }
    return Value::of_array(groups);
  }

  // The match as an object, for a function that replaces it.
  Value object() {
    if (matcher_->kind != Function::Kind::regex) return object_;
    return evaluator_.match_object(matcher_->node, subject_, start_, false);
  }

 private:
  bool next_native() {
    const Regex& regex = *matcher_->node->regex;
    if (started_ && end_ >= subject_.size()) return false;
    spans_ = regex.search(subject_, started_ ? end_ : 0, started_);
    if (spans_.empty()) return false;
    evaluator_.tick((spans_[0].end - (started_ ? end_ : 0)) / 64);
    start_ = spans_[0].start;
    end_ = spans_[0].end;
    text_ = subject_.substr(start_, end_ - start_);
    if (started_ && text_.empty()) {
      std::string source;
      append_json_string(source, regex.pattern());
      throw Failure{.code = "D1004", .position = matcher_->node->position, .value = source};
    }
    started_ = true;
    return true;
  }

  void check() const {
    if (!is_truthy(object_) && !object_.is_function() && !object_.is_object() && !object_.is_array()) return;
    const bool shaped =
        object_.is_object() && (member_of(object_, "start").is_number() || member_of(object_, "groups").is_array() ||
                                member_of(object_, "next").is_function());
    if (!shaped) throw Failure{.code = "T1010", .token = std::string(caller_)};
  }

  size_t offset(Value units) const {
    if (!units.is_number() || !(units.number() > 0)) return 0;
    return utf16_offset(subject_, static_cast<size_t>(std::min(units.number(), static_cast<double>(subject_.size()))));
  }

  Evaluator& evaluator_;
  const Function* matcher_;
  std::string_view subject_, caller_;
  bool started_ = false;
  Value object_;
  std::vector<Regex::Span> spans_;
  std::string_view text_;
  size_t start_ = 0, end_ = 0;
};

// The limit argument: none is unbounded.
double limit_of(Value limit, std::string_view code, size_t index) {
  if (limit.is_undefined()) return INFINITY;
  if (limit.number() < 0) throw Failure{.code = code, .value = describe(limit), .index = index};
  return limit.number();
}

Value match(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const double limit = limit_of(call[2], "D3040", 3);
  Array* result = evaluator.new_sequence();
  Matches matches(evaluator, call[1].function, call[0].string(), "match");
  size_t units = 0, counted = 0;
  for (double count = 0; count < limit && matches.next(); ++count) {
    if (matches.start() >= counted) {
      units += utf16_units(call[0].string().substr(counted), matches.start() - counted);
      counted = matches.start();
    } else {
      units = utf16_units(call[0].string(), matches.start());
      counted = matches.start();
    }
    Object* object = evaluator.new_object();
    object->set(evaluator.arena(), "match", Value::of_string(matches.text()));
    object->set(evaluator.arena(), "index", Value::of_number(static_cast<double>(units)));
    object->set(evaluator.arena(), "groups", matches.groups());
    result->push(evaluator.arena(), Value::of_object(object));
  }
  return Value::of_array(result);
}

Value contains(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined() || call[1].is_undefined()) return Value();
  if (call[1].is_string()) return Value::of_boolean(call[0].string().find(call[1].string()) != std::string_view::npos);
  return Value::of_boolean(Matches(evaluator, call[1].function, call[0].string(), "contains").next());
}

// The number that up to `digits` digits at `at` spell, or -1.
long read_digits(std::string_view text, size_t at, size_t digits) {
  long number = -1;
  for (size_t count = 0; count < digits && at + count < text.size(); ++count) {
    const char c = text[at + count];
    if (c < '0' || c > '9') break;
    number = std::max(0L, number) * 10 + (c - '0');
  }
  return number;
}

// `$0` is the match, `$n` a group (as many digits as there are groups to name), `$$` a dollar.
std::string substitute(std::string_view replacement, std::string_view matched, Value groups_value) {
  std::string out;
  const size_t groups = groups_value.is_array() ? ArrayView(groups_value).size() : 0;
  size_t at = 0;
  while (true) {
    const size_t dollar = replacement.find('$', at);
    if (dollar == std::string_view::npos) return out.append(replacement.substr(std::min(at, replacement.size())));
    out += replacement.substr(at, dollar - at);
    at = dollar + 1;
    const char next = at < replacement.size() ? replacement[at] : '\0';
    if (next == '$' || next == '0') {
      out += next == '$' ? std::string_view("$") : matched;
      ++at;
      continue;
    }
    const size_t digits = groups == 0 ? 1 : std::to_string(groups).size();
    long number = read_digits(replacement, at, digits);
    if (digits > 1 && number > static_cast<long>(groups)) number = read_digits(replacement, at, digits - 1);
    if (number < 0) {
      out += '$';
      continue;
    }
    if (number > 0 && static_cast<size_t>(number) <= groups) {
      const Value group = ArrayView(groups_value)[static_cast<size_t>(number) - 1];
      if (group.is_string()) out += group.string();
    }
    at += std::to_string(number).size();
  }
}

void check_length(const Evaluator& evaluator, const std::string& out) {
  if (out.size() > evaluator.environment().limits.memory_bytes_max)
    throw Failure{.code = "U1001", .message = "The text would be too long"};
}

Value replace_text(Evaluator& evaluator, std::string_view text, std::string_view pattern, Value replacement,
                   double limit) {
  if (!replacement.is_string()) throw Failure{.code = "D3012", .value = describe(replacement)};
  std::string out;
  size_t at = 0;
  for (double count = 0; count < limit; ++count) {
    const size_t found = text.find(pattern, at);
    if (found == std::string_view::npos) break;
    evaluator.tick();
    out += text.substr(at, found - at);
    out += replacement.string();
    check_length(evaluator, out);
    at = found + pattern.size();
  }
  out += text.substr(at);
  return evaluator.new_string(out);
}

Value replace(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  if (call[1].is_string() && call[1].length == 0) throw Failure{.code = "D3010", .value = "\"\"", .index = 2};
  const double limit = limit_of(call[3], "D3011", 4);
  const std::string_view text = call[0].string();
  if (call[1].is_undefined()) return call[0];
  if (call[1].is_string()) return replace_text(evaluator, text, call[1].string(), call[2], limit);
  Matches matches(evaluator, call[1].function, text, "replace");
  std::string out;
  size_t at = 0;
  for (double count = 0; count < limit && matches.next(); ++count) {
    if (matches.start() > at) out += text.substr(at, matches.start() - at);
    if (call[2].is_string()) {
      out += substitute(call[2].string(), matches.text(), matches.groups());
    } else {
      if (!call[2].is_function()) throw Failure{.code = "D3012", .value = describe(call[2])};
      Values arguments{matches.object()};
      const Value replaced = evaluator.apply(call[2].function, arguments, Value::null(), call.frame);
      if (!replaced.is_string()) throw Failure{.code = "D3012", .value = describe(replaced)};
      out += replaced.string();
    }
    check_length(evaluator, out);
    at = std::min(text.size(), matches.start() + matches.text().size());
  }
  out += text.substr(at);
  return evaluator.new_string(out);
}

Value split_text(Evaluator& evaluator, std::string_view text, std::string_view separator, double limit) {
  Array* parts = evaluator.new_array();
  limit = std::trunc(limit);
  size_t at = 0;
  const auto add = [&](std::string_view part) {
    evaluator.tick();
    if (static_cast<double>(parts->size) < limit) parts->push(evaluator.arena(), Value::of_string(part));
  };
  if (separator.empty()) {
    while (at < text.size()) {
      const size_t bytes = code_point_length(text, at);
      add(text.substr(at, bytes));
      at += bytes;
    }
    return Value::of_array(parts);
  }
  while (true) {
    const size_t found = text.find(separator, at);
    add(text.substr(at, found == std::string_view::npos ? found : found - at));
    if (found == std::string_view::npos) return Value::of_array(parts);
    at = found + separator.size();
  }
}

Value split(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const double limit = limit_of(call[2], "D3020", 3);
  const std::string_view text = call[0].string();
  Array* parts = evaluator.new_array();
  if (!(limit > 0)) return Value::of_array(parts);
  if (call[1].is_string()) return split_text(evaluator, text, call[1].string(), limit);
  if (!call[1].is_function()) {
    parts->push(evaluator.arena(), call[0]);
    return Value::of_array(parts);
  }
  Matches matches(evaluator, call[1].function, text, "split");
  size_t at = 0;
  double count = 0;
  for (; count < limit && matches.next(); ++count) {
    parts->push(evaluator.arena(),
                Value::of_string(matches.start() > at ? text.substr(at, matches.start() - at) : std::string_view()));
    at = std::min(matches.end(), text.size());
  }
  if (count < limit) parts->push(evaluator.arena(), Value::of_string(text.substr(at)));
  return Value::of_array(parts);
}

constexpr Builtin all[] = {
    {"match", match, "<s-f<s:o>n?:a<o>>", 3},
    {"contains", contains, "<s-(sf):b>", 2},
    {"replace", replace, "<s-(sf)(sf)n?:s>", 4},
    {"split", split, "<s-(sf)n?:a<s>>", 3},
};

}  // namespace

std::span<const Builtin> matching_builtins() {
  return all;
}

}  // namespace penstock::jsonata
