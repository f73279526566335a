#include "core/pipeline/jsonata/value.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/encoding.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/number_text.h"
#include "core/pipeline/jsonata/text_position.h"

namespace penstock::jsonata {
namespace {

constexpr uint32_t index_threshold = 16;
constexpr size_t described_bytes_max = 1'000;
constexpr size_t text_depth_max = 2'000;

}  // namespace

Value Value::of_json(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null:
      return null();
    case Json::Kind::boolean:
      return of_boolean(json.as_boolean());
    case Json::Kind::string:
      return of_string(json.as_string());
    case Json::Kind::number: {
      Value result = of_kind(Kind::number);
      result.borrowed = true;
      result.json = &json;
      return result;
    }
    case Json::Kind::array:
    case Json::Kind::object: {
      Value result = of_kind(json.is_array() ? Kind::array : Kind::object);
      result.borrowed = true;
      result.json = &json;
      return result;
    }
  }
  return Value();
}

double Value::borrowed_number() const {
  const std::string_view lexeme = json->lexeme();
  if (lexeme.size() <= 9) {  // small integers, the usual case
    int64_t whole = 0;
    size_t at = lexeme.front() == '-';
    for (; at < lexeme.size() && lexeme[at] >= '0' && lexeme[at] <= '9'; ++at) whole = whole * 10 + (lexeme[at] - '0');
    if (at == lexeme.size()) return lexeme.front() == '-' ? -static_cast<double>(whole) : static_cast<double>(whole);
  }
  return json->as_double();
}

bool Value::is_sequence() const {
  return kind == Kind::array && !borrowed && array->sequence;
}
bool Value::is_tuple_stream() const {
  return kind == Kind::array && !borrowed && array->tuple_stream;
}
bool Value::is_outer_wrapper() const {
  return kind == Kind::array && !borrowed && array->outer_wrapper;
}

void Array::grow(Arena& arena) {
  const uint32_t wanted = std::max<uint32_t>({4, size + 1, size < capacity ? capacity : capacity * 2});
  Value* grown = static_cast<Value*>(arena.allocate(sizeof(Value) * wanted));
  if (range) {
    for (uint32_t at = 0; at < size; ++at) grown[at] = Value::of_number(first + at);
    range = false;
  } else if (size) {
    std::copy_n(items, size, grown);
  }
  items = grown;
  capacity = wanted;
}

void Array::reserve(Arena& arena, size_t count) {
  if (count == 0) return;
  items = static_cast<Value*>(arena.allocate(sizeof(Value) * count));
  capacity = static_cast<uint32_t>(count);
}

namespace {

uint32_t slot_of(std::string_view key, uint32_t mask) {
  return static_cast<uint32_t>(std::hash<std::string_view>()(key)) & mask;
}

void index_member(Object& object, uint32_t number) {
  uint32_t slot = slot_of(object.members[number].key, object.index_mask);
  while (object.index[slot]) slot = (slot + 1) & object.index_mask;
  object.index[slot] = number + 1;
}

void rebuild_index(Arena& arena, Object& object) {
  uint32_t slots = 64;
  while (slots < object.capacity * 2) slots *= 2;
  object.index = arena.make_many<uint32_t>(slots);
  object.index_mask = slots - 1;
  for (uint32_t number = 0; number < object.size; ++number) index_member(object, number);
}

}  // namespace

Value* Object::find(std::string_view key) {
  if (index) {
    for (uint32_t slot = slot_of(key, index_mask); index[slot]; slot = (slot + 1) & index_mask) {
      if (members[index[slot] - 1].key == key) return &members[index[slot] - 1].value;
    }
    return nullptr;
  }
  for (uint32_t number = 0; number < size; ++number) {
    if (members[number].key == key) return &members[number].value;
  }
  return nullptr;
}

void Object::set(Arena& arena, std::string_view key, Value value) {
  if (Value* present = find(key)) {
    *present = value;
    return;
  }
  if (size == capacity) {
    capacity = std::max<uint32_t>(4, capacity * 2);
    Member* grown = static_cast<Member*>(arena.allocate(sizeof(Member) * capacity));
    std::copy_n(members, size, grown);
    members = grown;
    if (capacity > index_threshold) rebuild_index(arena, *this);
  }
  members[size++] = {key, value};
  if (index) index_member(*this, size - 1);
}

void Object::erase(std::string_view key) {
  Value* present = find(key);
  if (!present) return;
  Member* gone = reinterpret_cast<Member*>(reinterpret_cast<char*>(present) - offsetof(Member, value));
  std::copy(gone + 1, members + size, gone);
  --size;
  index = nullptr;  // numbers moved; a linear search is right at any size
}

ArrayView::ArrayView(Value value) {
  if (value.borrowed) {
    const auto items = value.json->items();
    json_ = items.data();
    size_ = items.size();
    return;
  }
  items_ = value.array->items;
  size_ = value.array->size;
  range_ = value.array->range;
  first_ = value.array->first;
}

ObjectView::ObjectView(Value value) {
  if (value.borrowed) {
    const auto members = value.json->members();
    json_ = members.data();
    size_ = members.size();
    return;
  }
  members_ = value.object->members;
  size_ = value.object->size;
}

Value member_of(Value object, std::string_view key) {
  if (object.borrowed) {
    const Json* found = object.json->find(key);
    return found ? Value::of_json(*found) : Value();
  }
  const Value* found = object.object->find(key);
  return found ? *found : Value();
}

void Tuple::bind(Arena& arena, Symbol name, Value bound_value) {
  for (uint32_t at = 0; at < size; ++at) {
    if (bound[at].name == name) {
      bound[at].value = bound_value;
      return;
    }
  }
  if (size == capacity) {
    capacity = std::max<uint32_t>(4, capacity * 2);
    Bound* grown = static_cast<Bound*>(arena.allocate(sizeof(Bound) * capacity));
    std::copy_n(bound, size, grown);
    bound = grown;
  }
  bound[size++] = {name, bound_value};
}

bool deep_equal(Value left, Value right) {
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case Kind::undefined:
    case Kind::null:
      return true;
    case Kind::boolean:
      return left.boolean == right.boolean;
    case Kind::number:
      return left.number() == right.number();
    case Kind::string:
      return left.string() == right.string();
    case Kind::array: {
      const ArrayView a(left), b(right);
      if (a.size() != b.size()) return false;
      for (size_t at = 0; at < a.size(); ++at) {
        if (!deep_equal(a[at], b[at])) return false;
      }
      return true;
    }
    case Kind::object: {
      const ObjectView a(left), b(right);
      if (a.size() != b.size()) return false;
      for (size_t at = 0; at < a.size(); ++at) {
        const Value other = member_of(right, a.key(at));
        if (other.is_undefined() || !deep_equal(a.value(at), other)) return false;
      }
      return true;
    }
    case Kind::function:
      return left.function == right.function;
    case Kind::tuple:
      return left.tuple == right.tuple;
  }
  return false;
}

int compare_text(std::string_view left, std::string_view right) {
  const auto [a, b] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  if (a == left.end()) return b == right.end() ? 0 : -1;
  if (b == right.end()) return 1;
  // UTF-8 sorts by code point; UTF-16 puts what lies beyond the basic plane (lead bytes F0-F4) before U+E000 (EE, EF).
  const auto weight = [](char byte) {
    const auto lead = static_cast<unsigned char>(byte);
    return lead == 0xee || lead == 0xef ? lead + 0x10 : lead;
  };
  return weight(*a) < weight(*b) ? -1 : 1;
}

namespace {

struct TextWriter {
  std::string& out;
  bool pretty;
  size_t bytes_max = SIZE_MAX;
  bool lenient = false;
  size_t depth = 0;

  void line_break() {
    if (!pretty) return;
    out += '\n';
    out.append(depth * 2, ' ');
  }

  void number(Value value) {
    if (value.borrowed) {
      append_number(out, value.number());
      return;
    }
    if (!std::isfinite(value.real)) {
      if (!lenient) throw Failure{.code = "D1001", .value = "null"};
      out += "null";
      return;
    }
    append_number(out, round_to_15_digits(value.real));
  }

  template <class Items, class Write>
  void sequence(char open, char close, const Items& items, Write write) {
    if (depth > text_depth_max) throw Failure{.code = "U1001", .message = "The value is nested too deep"};
    out += open;
    ++depth;
    for (size_t at = 0; at < items.size() && out.size() < bytes_max; ++at) {
      if (at) out += ',';
      line_break();
      write(at);
    }
    --depth;
    if (items.size()) line_break();
    out += close;
  }

  void write(Value value) {
    switch (value.kind) {
      case Kind::undefined:
      case Kind::null:
      case Kind::tuple:
        out += "null";
        return;
      case Kind::boolean:
        out += value.boolean ? "true" : "false";
        return;
      case Kind::number:
        return number(value);
      case Kind::string:
        return append_json_string(out, value.string());
      case Kind::function:
        out += "\"\"";
        return;
      case Kind::array: {
        const ArrayView items(value);
        return sequence('[', ']', items, [&](size_t at) { write(items[at]); });
      }
      case Kind::object: {
        const ObjectView members(value);
        return sequence('{', '}', members, [&](size_t at) {
          append_json_string(out, members.key(at));
          out += pretty ? ": " : ":";
          write(members.value(at));
        });
      }
    }
  }
};

}  // namespace

void append_json_text(std::string& out, Value value, bool pretty) {
  TextWriter{.out = out, .pretty = pretty}.write(value);
}

namespace {

// What leaves is UTF-8: half a surrogate pair, or half a character that a matcher function cut, becomes U+FFFD.
std::string utf8_text(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, code_point_length(text, at));
    const bool valid = is_valid_utf8(character);
    out += valid ? character : "\uFFFD";
    at += valid || (character.size() == 3 && character.front() == '\xed') ? character.size() : 1;
  }
  return out;
}

}  // namespace

std::string describe(Value value) {
  if (value.is_undefined()) return "";
  std::string out;
  TextWriter writer{.out = out, .pretty = false, .bytes_max = described_bytes_max, .lenient = true};
  writer.write(value);
  if (out.size() > described_bytes_max) {
    size_t end = described_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
    out.resize(end);
    out += "...";
  }
  return utf8_text(out);
}

namespace {

Json to_json_at(Value value, size_t depth) {
  if (depth > text_depth_max) throw Failure{.code = "U1001", .message = "The result is nested too deep"};
  switch (value.kind) {
    case Kind::undefined:
    case Kind::null:
    case Kind::tuple:
      return Json();
    case Kind::boolean:
      return value.boolean;
    case Kind::number:
      if (value.borrowed) return *value.json;
      if (!std::isfinite(value.real)) throw Failure{.code = "D1001", .value = describe(value)};
      return Json(value.real == 0 ? 0.0 : value.real);  // JSON.stringify has no -0
    case Kind::string:
      return Json(utf8_text(value.string()));
    case Kind::function:
      throw Failure{.code = "UnsupportedResult", .message = "The result is or contains a function"};
    case Kind::array: {
      if (value.borrowed) return *value.json;
      const ArrayView view(value);
      std::vector<Json> items;
      items.reserve(view.size());
      for (size_t at = 0; at < view.size(); ++at) items.push_back(to_json_at(view[at], depth + 1));
      return Json(std::move(items));
    }
    case Kind::object: {
      if (value.borrowed) return *value.json;
      const ObjectView view(value);
      std::vector<JsonMember> members;
      members.reserve(view.size());
      for (size_t at = 0; at < view.size(); ++at)
        members.push_back({utf8_text(view.key(at)), to_json_at(view.value(at), depth + 1)});
      return Json::object(std::move(members));
    }
  }
  return Json();
}

}  // namespace

Json to_json(Value value) {
  return to_json_at(value, 0);
}

}  // namespace penstock::jsonata
