#include "base/json.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "base/assert.h"

namespace penstock {

// Heap nodes carry their own count; scalars and short texts (at most 14 bytes) live in the value itself.
struct Json::Node {
  std::atomic<uint32_t> references{1};
};
struct Json::TextNode : Node {
  std::string text;
};
struct Json::ArrayNode : Node {
  std::vector<Json> items;
};
struct Json::ObjectNode : Node {
  std::vector<JsonMember> members;
};

namespace {
const Json null_value;
}

Json::Node* Json::node() const {
  Node* result;
  std::memcpy(&result, inline_, sizeof result);
  return result;
}

void Json::set_node(Node* node) {
  std::memcpy(inline_, &node, sizeof node);
}

bool Json::on_heap() const {
  switch (kind_) {
    case Kind::null:
    case Kind::boolean:
      return false;
    case Kind::number:
    case Kind::string:
      return length_ == heap_text;
    case Kind::array:
    case Kind::object:
      return true;
  }
  return false;
}

void Json::retain() const noexcept {
  if (on_heap()) node()->references.fetch_add(1, std::memory_order_relaxed);
}

void Json::release() noexcept {
  if (!on_heap()) return;
  Node* owned = node();
  if (owned->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (kind_ == Kind::array) {
    delete static_cast<ArrayNode*>(owned);
  } else if (kind_ == Kind::object) {
    delete static_cast<ObjectNode*>(owned);
  } else {
    delete static_cast<TextNode*>(owned);
  }
}

Json::Json(Kind kind, std::string_view text) : kind_(kind), length_(0) {
  if (text.size() <= inline_capacity) {
    length_ = static_cast<uint8_t>(text.size());
    if (!text.empty()) std::memcpy(inline_, text.data(), text.size());  // an empty view may point nowhere
    return;
  }
  auto* owned = new TextNode;
  owned->text.assign(text);
  length_ = heap_text;
  set_node(owned);
}

Json::Json(std::vector<Json> items) : kind_(Kind::array), length_(0) {
  auto* owned = new ArrayNode;
  owned->items = std::move(items);
  set_node(owned);
}

Json Json::object() {
  return object(std::vector<JsonMember>{});
}

Json Json::object(std::vector<JsonMember> members) {
  auto* owned = new ObjectNode;
  owned->members = std::move(members);
  Json result;
  result.kind_ = Kind::object;
  result.set_node(owned);
  return result;
}

Json Json::number(std::string_view lexeme) {
  return Json(Kind::number, lexeme);
}

Json Json::from_integer(int64_t value) {
  char buffer[24];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return Json(Kind::number, std::string_view(buffer, static_cast<size_t>(end - buffer)));
}

Json::Json(double value) : Json() {
  PENSTOCK_ASSERT(std::isfinite(value));
  char buffer[64];
  const bool integral = value == std::floor(value) && std::fabs(value) < 1e21;
  auto [end, error] = integral ? std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed)
                               : std::to_chars(buffer, buffer + sizeof buffer, value);
  *this = Json(Kind::number, std::string_view(buffer, static_cast<size_t>(end - buffer)));
}

Json::Json(const Json& other) noexcept : kind_(other.kind_), length_(other.length_) {
  std::memcpy(inline_, other.inline_, sizeof inline_);
  retain();
}

Json::Json(Json&& other) noexcept : kind_(other.kind_), length_(other.length_) {
  std::memcpy(inline_, other.inline_, sizeof inline_);
  other.kind_ = Kind::null;
}

Json& Json::operator=(Json other) noexcept {
  std::swap(kind_, other.kind_);
  std::swap(length_, other.length_);
  char saved[inline_capacity];
  std::memcpy(saved, inline_, sizeof saved);
  std::memcpy(inline_, other.inline_, sizeof inline_);
  std::memcpy(other.inline_, saved, sizeof saved);
  return *this;
}

Json::~Json() {
  release();
}

bool Json::as_boolean() const {
  PENSTOCK_ASSERT(kind_ == Kind::boolean);
  return length_ != 0;
}

std::string_view Json::raw_text() const {
  if (length_ == heap_text) return static_cast<const TextNode*>(node())->text;
  return {inline_, length_};
}

std::string_view Json::as_string() const {
  PENSTOCK_ASSERT(kind_ == Kind::string);
  return raw_text();
}

std::string_view Json::lexeme() const {
  PENSTOCK_ASSERT(kind_ == Kind::number);
  return raw_text();
}

double Json::as_double() const {
  const std::string_view text = lexeme();
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone; an exponent's sign tells overflow from underflow.
    const bool negative = text.front() == '-';
    const size_t exponent = text.find_first_of("eE");
    const bool tiny = (exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-')) ||
                      (exponent == std::string_view::npos && text.find('.') != std::string_view::npos &&
                       text.substr(negative, 1) == "0");
    const double magnitude = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return negative ? -magnitude : magnitude;
  }
  return value;
}

std::optional<int64_t> Json::as_integer() const {
  const std::string_view text = lexeme();
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  const double real = as_double();
  // Beyond 2^53 a double no longer tells neighbouring integers apart.
  if (real != std::floor(real) || std::fabs(real) > 9007199254740992.0) return std::nullopt;
  return static_cast<int64_t>(real);
}

size_t Json::size() const {
  if (kind_ == Kind::array) return static_cast<const ArrayNode*>(node())->items.size();
  if (kind_ == Kind::object) return static_cast<const ObjectNode*>(node())->members.size();
  return 0;
}

std::span<const Json> Json::items() const {
  PENSTOCK_ASSERT(kind_ == Kind::array);
  return static_cast<const ArrayNode*>(node())->items;
}

std::span<const JsonMember> Json::members() const {
  PENSTOCK_ASSERT(kind_ == Kind::object);
  return static_cast<const ObjectNode*>(node())->members;
}

const Json* Json::find(std::string_view key) const {
  if (kind_ != Kind::object) return nullptr;
  for (const JsonMember& member : static_cast<const ObjectNode*>(node())->members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const Json& Json::operator[](std::string_view key) const {
  const Json* found = find(key);
  return found ? *found : null_value;
}

const Json& Json::operator[](size_t index) const {
  if (kind_ != Kind::array || index >= size()) return null_value;
  return static_cast<const ArrayNode*>(node())->items[index];
}

std::string_view Json::text(std::string_view key, std::string_view otherwise) const {
  const Json* found = find(key);
  return found && found->is_string() ? found->as_string() : otherwise;
}

Json::ObjectNode& Json::own_object() {
  if (kind_ == Kind::null) *this = object();
  PENSTOCK_ASSERT(kind_ == Kind::object);
  auto* current = static_cast<ObjectNode*>(node());
  if (current->references.load(std::memory_order_acquire) == 1) return *current;
  *this = object(current->members);
  return *static_cast<ObjectNode*>(node());
}

Json::ArrayNode& Json::own_array() {
  if (kind_ == Kind::null) *this = array();
  PENSTOCK_ASSERT(kind_ == Kind::array);
  auto* current = static_cast<ArrayNode*>(node());
  if (current->references.load(std::memory_order_acquire) == 1) return *current;
  *this = Json(current->items);
  return *static_cast<ArrayNode*>(node());
}

Json& Json::mutable_at(std::string_view key) {
  ObjectNode& owned = own_object();
  for (JsonMember& member : owned.members) {
    if (member.key == key) return member.value;
  }
  owned.members.push_back({std::string(key), Json()});
  return owned.members.back().value;
}

Json& Json::mutable_at(size_t index) {
  ArrayNode& owned = own_array();
  PENSTOCK_ASSERT(index < owned.items.size());
  return owned.items[index];
}

void Json::set(std::string_view key, Json value) {
  mutable_at(key) = std::move(value);
}

bool Json::erase(std::string_view key) {
  if (!find(key)) return false;
  std::erase_if(own_object().members, [&](const JsonMember& member) { return member.key == key; });
  return true;
}

void Json::push_back(Json value) {
  own_array().items.push_back(std::move(value));
}

namespace {

bool equal_numbers(const Json& left, const Json& right) {
  if (left.lexeme() == right.lexeme()) return true;
  const auto left_integer = left.as_integer();
  const auto right_integer = right.as_integer();
  if (left_integer && right_integer) return *left_integer == *right_integer;
  return left.as_double() == right.as_double();
}

}  // namespace

bool operator==(const Json& left, const Json& right) {
  if (left.kind_ != right.kind_) return false;
  switch (left.kind_) {
    case Json::Kind::null:
      return true;
    case Json::Kind::boolean:
      return left.length_ == right.length_;
    case Json::Kind::number:
      return equal_numbers(left, right);
    case Json::Kind::string:
      return left.raw_text() == right.raw_text();
    case Json::Kind::array:
      return left.node() == right.node() || std::ranges::equal(left.items(), right.items());
    case Json::Kind::object:
      if (left.node() == right.node()) return true;
      return left.size() == right.size() && std::ranges::all_of(left.members(), [&](const JsonMember& member) {
               const Json* other = right.find(member.key);
               return other && member.value == *other;
             });
  }
  return false;
}

}  // namespace penstock
