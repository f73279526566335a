// Value: what an expression works on, 16 bytes, copied freely. A value either borrows a Json (input and bindings, which
// outlive the evaluation) or points into the evaluation's arena; nothing is counted or freed one by one.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/json.h"
#include "core/pipeline/jsonata/arena.h"

namespace penstock::jsonata {

struct Array;
struct Object;
struct Function;
struct Tuple;
using Symbol = uint32_t;  // an interned variable name

enum class Kind : uint8_t { undefined, null, boolean, number, string, array, object, function, tuple };

struct Value {
  Kind kind = Kind::undefined;
  bool borrowed = false;  // number, array, object: `json` holds it
  bool boolean = false;
  uint32_t length = 0;  // of a string, in bytes
  union {
    double real;
    const char* text;
    Array* array;
    Object* object;
    const Function* function;
    Tuple* tuple;
    const Json* json;
  };

  Value() : real(0) {}
  static Value null() { return of_kind(Kind::null); }
  static Value of_boolean(bool value) {
    Value result = of_kind(Kind::boolean);
    result.boolean = value;
    return result;
  }
  static Value of_number(double value) {
    Value result = of_kind(Kind::number);
    result.real = value;
    return result;
  }
  // The bytes are not copied: they live in the arena, in a Json or in the program. Texts are UTF-8 (a lone surrogate of
  // a literal is kept as its three-byte form).
  static Value of_string(std::string_view text) {
    Value result = of_kind(Kind::string);
    result.length = static_cast<uint32_t>(text.size());
    result.text = text.data();
    return result;
  }
  static Value of_array(Array* array) {
    Value result = of_kind(Kind::array);
    result.array = array;
    return result;
  }
  static Value of_object(Object* object) {
    Value result = of_kind(Kind::object);
    result.object = object;
    return result;
  }
  static Value of_function(const Function* function) {
    Value result = of_kind(Kind::function);
    result.function = function;
    return result;
  }
  static Value of_tuple(Tuple* tuple) {
    Value result = of_kind(Kind::tuple);
    result.tuple = tuple;
    return result;
  }
  static Value of_json(const Json& json);  // borrows

  bool is_undefined() const { return kind == Kind::undefined; }
  bool is_string() const { return kind == Kind::string; }
  bool is_number() const { return kind == Kind::number; }
  bool is_array() const { return kind == Kind::array; }
  bool is_object() const { return kind == Kind::object; }
  bool is_function() const { return kind == Kind::function; }
  bool is_true() const { return kind == Kind::boolean && boolean; }
  std::string_view string() const { return {text, length}; }
  double number() const { return borrowed ? borrowed_number() : real; }
  bool is_sequence() const;  // an array that unwraps when it holds one value
  bool is_tuple_stream() const;
  bool is_outer_wrapper() const;

 private:
  static Value of_kind(Kind kind) {
    Value result;
    result.kind = kind;
    return result;
  }
  double borrowed_number() const;
};

// An array made by the evaluation. A sequence is JSONata's: it flattens into other sequences and unwraps when it holds
// one value.
struct Array {
  Value* items = nullptr;
  uint32_t size = 0;
  uint32_t capacity = 0;
  bool sequence = false;
  bool keep_singleton = false;  // a sequence that does not unwrap
  bool constructed = false;     // written with brackets as a step: does not flatten
  bool tuple_stream = false;    // of Tuples
  bool outer_wrapper = false;   // holds the input when that is an array
  bool range = false;           // first, first + 1, ...: no items stored
  double first = 0;

  void push(Arena& arena, Value value) {
    if (size == capacity || range) grow(arena);
    items[size++] = value;
  }
  void grow(Arena& arena);                   // makes room for one more; stores a range's items
  void reserve(Arena& arena, size_t count);  // of an empty array
};

struct Member {
  std::string_view key;
  Value value;
};

// An object made by the evaluation, members in the order they came. A hash index appears once it is large.
struct Object {
  Member* members = nullptr;
  uint32_t size = 0;
  uint32_t capacity = 0;
  uint32_t* index = nullptr;  // slots hold member number + 1; open addressing
  uint32_t index_mask = 0;

  Value* find(std::string_view key);
  void set(Arena& arena, std::string_view key, Value value);
  void erase(std::string_view key);
};

// Reads any array alike.
class ArrayView {
 public:
  explicit ArrayView(Value value);
  size_t size() const { return size_; }
  Value operator[](size_t at) const {
    if (json_) return Value::of_json(json_[at]);
    return range_ ? Value::of_number(first_ + static_cast<double>(at)) : items_[at];
  }

 private:
  const Json* json_ = nullptr;
  const Value* items_ = nullptr;
  size_t size_ = 0;
  bool range_ = false;
  double first_ = 0;
};

// Reads any object alike.
class ObjectView {
 public:
  explicit ObjectView(Value value);
  size_t size() const { return size_; }
  std::string_view key(size_t at) const { return json_ ? std::string_view(json_[at].key) : members_[at].key; }
  Value value(size_t at) const { return json_ ? Value::of_json(json_[at].value) : members_[at].value; }

 private:
  const JsonMember* json_ = nullptr;
  const Member* members_ = nullptr;
  size_t size_ = 0;
};

// The member of an object; undefined when absent.
Value member_of(Value object, std::string_view key);

// One item of a path that carries variables (`@$v`, `#$i`, `%`): the value and what was bound on the way to it.
struct Tuple {
  struct Bound {
    Symbol name;
    Value value;
  };
  Value value;
  Bound* bound = nullptr;
  uint32_t size = 0;
  uint32_t capacity = 0;

  void bind(Arena& arena, Symbol name, Value value);
};

bool deep_equal(Value left, Value right);
// -1, 0 or 1, by UTF-16 units as JavaScript compares.
int compare_text(std::string_view left, std::string_view right);

// JSON text as JSON.stringify gives it, functions as "". Numbers that the expression computed are rounded to 15
// significant digits; a number that is not finite is D1001.
void append_json_text(std::string& out, Value value, bool pretty = false);
// For an error's message: never fails, is cut to a readable length, and is empty for undefined.
std::string describe(Value value);

// A copy as Json, sharing what was borrowed. Throws Failure for a function ("UnsupportedResult") or an infinite number
// (D1001).
Json to_json(Value value);

}  // namespace penstock::jsonata
