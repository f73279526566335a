// Json: an immutable, shared JSON value that keeps what a client wrote: number lexemes (1.0 stays 1.0, 24-digit
// decimals survive) and key order. Copying shares; `set`, `push_back` and `mutable_at` copy one node if it is shared (a
// spine, not a document), so one Json may be read from several threads while each thread edits only its own copies.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/outcome.h"

namespace penstock {

struct JsonMember;

class Json {
 public:
  enum class Kind : uint8_t { null, boolean, number, string, array, object };

  Json() noexcept : kind_(Kind::null), length_(0) {}
  Json(std::nullptr_t) noexcept : Json() {}
  template <class B, std::enable_if_t<std::is_same_v<B, bool>, int> = 0>
  Json(B value) noexcept : kind_(Kind::boolean), length_(value) {}
  template <class I, std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>, int> = 0>
  Json(I value) : Json(from_integer(static_cast<int64_t>(value))) {}
  Json(double value);  // shortest text that reads back equal; an integral value below 1e21 prints without exponent
  Json(std::string_view text) : Json(Kind::string, text) {}
  Json(const std::string& text) : Json(Kind::string, text) {}
  Json(const char* text) : Json(Kind::string, text) {}
  Json(std::vector<Json> items);
  Json(const Json& other) noexcept;
  Json(Json&& other) noexcept;
  Json& operator=(Json other) noexcept;
  ~Json();

  static Json array() { return Json(std::vector<Json>{}); }
  static Json object();
  static Json object(std::vector<JsonMember> members);  // keys must differ
  static Json number(std::string_view lexeme);          // a valid JSON number, kept as written

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_boolean() const { return kind_ == Kind::boolean; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_string() const { return kind_ == Kind::string; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }

  // The value as that kind; asking a value of another kind breaks an invariant.
  bool as_boolean() const;
  std::string_view as_string() const;
  std::string_view lexeme() const;            // of a number
  double as_double() const;                   // of a number; overflow gives +-infinity
  std::optional<int64_t> as_integer() const;  // of a number: exact value when it is integral (1.0, 1e2) and fits

  size_t size() const;                           // items or members; 0 for scalars
  std::span<const Json> items() const;           // of an array
  std::span<const JsonMember> members() const;   // of an object, in insertion order
  const Json* find(std::string_view key) const;  // member's value, or nullptr when absent or not an object
  // A null Json when absent or of another kind, so that lookups chain.
  const Json& operator[](std::string_view key) const;
  const Json& operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  const Json& operator[](size_t index) const;
  // text of member `key` if it is a string, else `otherwise`.
  std::string_view text(std::string_view key, std::string_view otherwise = {}) const;

  // Editing. On a null value `set` makes an object and `push_back` an array.
  void set(std::string_view key, Json value);  // replaces in place or appends
  bool erase(std::string_view key);
  void push_back(Json value);
  Json& mutable_at(std::string_view key);  // the member, made null when absent
  Json& mutable_at(size_t index);          // index < size()

  // Equal kinds and values; numbers by numeric value, objects without regard to order.
  friend bool operator==(const Json& left, const Json& right);

 private:
  struct Node;
  struct TextNode;
  struct ArrayNode;
  struct ObjectNode;
  Json(Kind kind, std::string_view text);
  static Json from_integer(int64_t value);
  std::string_view raw_text() const;
  bool on_heap() const;
  void retain() const noexcept;
  void release() noexcept;
  ObjectNode& own_object();
  ArrayNode& own_array();

  static constexpr size_t inline_capacity = 14;
  static constexpr uint8_t heap_text = 0xff;

  Kind kind_;
  uint8_t length_;  // boolean: the value; string, number: length of inline text or heap_text
  union alignas(8) {
    char inline_[inline_capacity];
  };
  Node* node() const;
  void set_node(Node* node);
};

struct JsonMember {
  std::string key;
  Json value;
};

struct JsonLimits {
  size_t depth_max = 512;
};

// Reads exactly one JSON text (RFC 8259). Duplicate keys: the last value wins, at the first one's place. The error
// (code "InvalidJson") names line, column and what was expected.
Outcome<Json> parse_json(std::string_view text, JsonLimits limits = {});

// Compact text ("{\"a\":1}"); strings keep non-ASCII as UTF-8 and escape only what JSON requires.
std::string to_string(const Json& value);
void append_json(std::string& out, const Json& value);
void append_json_string(std::string& out, std::string_view text);  // quoted and escaped
// Two-space indented text, for people.
std::string to_pretty_string(const Json& value);

}  // namespace penstock
