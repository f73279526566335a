#include "core/pipeline/jsonata/signature.h"

#include <algorithm>

#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

constexpr std::string_view symbols = "asnblfom";  // m: missing
constexpr uint32_t missing = 1U << 7;
constexpr uint32_t array_type = 1U << 0;

uint32_t bit(char symbol) {
  const size_t at = symbols.find(symbol);
  return at == std::string_view::npos ? 0 : 1U << at;
}

uint32_t type_of(Value value) {
  switch (value.kind) {
    case Kind::undefined:
      return missing;
    case Kind::null:
      return bit('l');
    case Kind::boolean:
      return bit('b');
    case Kind::number:
      return bit('n');
    case Kind::string:
      return bit('s');
    case Kind::array:
      return bit('a');
    case Kind::object:
    case Kind::tuple:
      return bit('o');
    case Kind::function:
      return bit('f');
  }
  return missing;
}

size_t closing(std::string_view text, size_t start, char open, char close) {
  int depth = 1;
  size_t at = start;
  while (at < text.size()) {
    ++at;
    const char symbol = at < text.size() ? text[at] : '\0';
    if (symbol == close && --depth == 0) break;
    if (symbol == open) ++depth;
  }
  return at;
}

std::string_view plural(char type) {
  switch (type) {
    case 'a':
      return "\"arrays\"";
    case 'b':
      return "\"booleans\"";
    case 'f':
      return "\"functions\"";
    case 'n':
      return "\"numbers\"";
    case 'o':
      return "\"objects\"";
    case 's':
      return "\"strings\"";
    default:
      return "";
  }
}

}  // namespace

void Signature::parse_symbol(std::string_view text, size_t& at) {
  const char symbol = text[at];
  const uint32_t any = bit('a') | bit('s') | bit('n') | bit('b') | bit('l') | bit('o') | missing;
  switch (symbol) {
    case 's':
    case 'n':
    case 'b':
    case 'l':
    case 'o':
      parameters_.push_back({.types = bit(symbol) | missing, .type = symbol});
      return;
    case 'a':
    case 'x':
      parameters_.push_back({.types = any | bit('f'), .type = symbol});
      return;
    case 'f':
      parameters_.push_back({.types = bit('f'), .type = 'f'});
      return;
    case 'j':
      parameters_.push_back({.types = any, .type = 'j'});
      return;
    case '(': {
      const size_t end = closing(text, at, '(', ')');
      const std::string_view choice = text.substr(at + 1, end - at - 1);
      if (choice.find('<') != std::string_view::npos) throw Failure{.code = "S0402", .position = at};
      uint32_t types = missing;
      for (char c : choice) types |= bit(c);
      parameters_.push_back({.types = types, .type = '('});
      at = end;
      return;
    }
    default:
      break;
  }
  if (parameters_.empty()) {
    if (symbol == '<') throw Failure{.code = "S0401", .position = at};
    return;
  }
  Parameter& last = parameters_.back();
  if (symbol == '-') last.context = last.optional = true;
  if (symbol == '?') last.optional = true;
  if (symbol == '+') last.repeated = true;
  if (symbol != '<') return;
  if (last.type != 'a' && last.type != 'f') throw Failure{.code = "S0401", .position = at};
  const size_t end = closing(text, at, '<', '>');
  last.has_subtype = true;
  last.subtype = text.substr(at + 1, end - at - 1);
  at = end;
}

Signature Signature::parse(std::string_view text) {
  Signature result;
  for (size_t at = 1; at < text.size() && text[at] != ':'; ++at) result.parse_symbol(text, at);
  return result;
}

bool Signature::match_from(const Types& given, size_t parameter, size_t at, size_t parameters, bool whole,
                           Counts& taken) const {
  if (parameter == parameters) return !whole || at == given.size();
  const Parameter& wanted = parameters_[parameter];
  size_t most = 0;
  const size_t limit = wanted.repeated ? given.size() - at : 1;
  while (most < limit && at + most < given.size() && (given[at + most] & wanted.types)) ++most;
  const size_t least = wanted.optional ? 0 : 1;
  for (size_t count = most + 1; count-- > least;) {
    taken[parameter] = count;
    if (match_from(given, parameter + 1, at + count, parameters, whole, taken)) return true;
  }
  return false;
}

bool Signature::match(const Types& given, size_t parameters, bool whole, Counts& taken) const {
  while (taken.size() < parameters_.size()) taken.push_back(0);
  return match_from(given, 0, 0, parameters, whole, taken);
}

void Signature::fail(const Values& arguments, const Types& given) const {
  // The first parameter that cannot be met says which argument is wrong.
  Counts taken;
  size_t good = 0;
  for (size_t count = 1; count <= parameters_.size(); ++count) {
    if (!match(given, count, false, taken)) break;
    good = 0;
    for (size_t at = 0; at < count; ++at) good += taken[at];
  }
  throw Failure{.code = "T0410", .value = good < arguments.size() ? describe(arguments[good]) : "", .index = good + 1};
}

Value Signature::fit_array(Arena& arena, const Parameter& parameter, Value argument, uint32_t given, size_t taken,
                           size_t number) const {
  if (given == missing) return Value();
  if (parameter.has_subtype) {
    const uint32_t wanted = parameter.subtype.empty() ? 0 : bit(parameter.subtype.front());
    bool fits = true;
    if (given != array_type) {
      fits = taken == 1 && parameter.subtype.size() == 1 && given == wanted;
    } else {
      const ArrayView items(argument);
      for (size_t at = 0; fits && at < items.size(); ++at) fits = type_of(items[at]) == wanted;
    }
    if (!fits) {
      throw Failure{.code = "T0412",
                    .value = describe(argument),
                    .value2 = std::string(parameter.subtype.size() == 1 ? plural(parameter.subtype.front()) : ""),
                    .index = number};
    }
  }
  if (given == array_type) return argument;
  Array* array = arena.make<Array>();
  array->push(arena, argument);
  return Value::of_array(array);
}

void Signature::apply(Arena& arena, Values& arguments, Value context) const {
  Types given;
  for (Value argument : arguments) given.push_back(type_of(argument));
  Counts taken;
  if (!match(given, parameters_.size(), true, taken)) fail(arguments, given);
  Values fitted;
  size_t next = 0;
  for (size_t number = 0; number < parameters_.size(); ++number) {
    const Parameter& parameter = parameters_[number];
    if (taken[number] == 0) {
      if (parameter.context) {
        if (!(type_of(context) & parameter.types))
          throw Failure{.code = "T0411", .value = describe(context), .index = next + 1};
        fitted.push_back(context);
      } else {
        fitted.push_back(next < arguments.size() ? arguments[next] : Value());
        ++next;
      }
      continue;
    }
    for (size_t count = 0; count < taken[number]; ++count, ++next) {
      const Value argument = arguments[next];
      fitted.push_back(parameter.type == 'a'
                           ? fit_array(arena, parameter, argument, given[next], taken[number], next + 1)
                           : argument);
    }
  }
  arguments.assign(fitted);
}

}  // namespace penstock::jsonata
