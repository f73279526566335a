#include <algorithm>
#include <bit>
#include <optional>

#include "core/pipeline/decimal.h"
#include "core/pipeline/intrinsic_functions.h"

namespace penstock::pipeline::intrinsic {
namespace {

constexpr int64_t range_items_max = 1'000;

bool is_decimal(const Json& number) {
  return number.lexeme().find_first_of(".eE") != std::string_view::npos;
}

// The whole part of a number argument, as Java's intValue (AWS: ArrayRange(1.6, ...) starts at 1).
std::optional<int64_t> whole_part(const Json& argument) {
  if (!argument.is_number()) return std::nullopt;
  if (const auto exact = argument.as_integer()) return std::clamp<int64_t>(*exact, INT32_MIN, INT32_MAX);
  return static_cast<int64_t>(std::clamp(argument.as_double(), double{INT32_MIN}, double{INT32_MAX}));
}

// Java's equals: 1 and 1.0 differ, the order of an object's members does not matter.
bool java_equal(const Json& left, const Json& right) {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Json::Kind::number:
      return is_decimal(left) == is_decimal(right) && compare_numbers(left, right) == 0;
    case Json::Kind::array:
      return std::equal(left.items().begin(), left.items().end(), right.items().begin(), right.items().end(),
                        java_equal);
    case Json::Kind::object:
      return left.size() == right.size() &&
             std::all_of(left.members().begin(), left.members().end(), [&](const auto& member) {
               const Json* other = right.find(member.key);
               return other && java_equal(member.value, *other);
             });
    default:
      return left == right;
  }
}

// Java's String.hashCode, which is defined over UTF-16 units.
uint32_t text_hash(std::string_view text) {
  uint32_t hash = 0;
  const auto add = [&](uint32_t unit) { hash = 31 * hash + unit; };
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3f);
    }
    if (point >= 0x10000) {
      add(0xd800 + ((point - 0x10000) >> 10));
      add(0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      add(point);
    }
    i += length;
  }
  return hash;
}

uint32_t folded(uint64_t bits) {
  return static_cast<uint32_t>(bits ^ bits >> 32);
}

uint32_t java_hash(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      return 0;
    case Json::Kind::boolean:
      return value.as_boolean() ? 1231 : 1237;
    case Json::Kind::string:
      return text_hash(value.as_string());
    case Json::Kind::number: {
      const auto integer = is_decimal(value) ? std::nullopt : value.as_integer();
      if (!integer) return folded(std::bit_cast<uint64_t>(value.as_double()));
      return *integer == static_cast<int32_t>(*integer) ? static_cast<uint32_t>(*integer)
                                                        : folded(static_cast<uint64_t>(*integer));
    }
    case Json::Kind::array: {
      uint32_t hash = 1;
      for (const Json& item : value.items()) hash = 31 * hash + java_hash(item);
      return hash;
    }
    case Json::Kind::object:
      break;
  }
  uint32_t hash = 0;
  for (const JsonMember& member : value.members()) hash += text_hash(member.key) ^ java_hash(member.value);
  return hash;
}

}  // namespace

Error invalid_arguments(std::string_view function, std::string_view detail) {
  std::string message = "Invalid arguments in " + std::string(function);
  if (!detail.empty()) message += ": " + std::string(detail);
  return Error{"States.Runtime", std::move(message)};
}

Outcome<Json> Array::call(Arguments arguments, Random&) {
  return Json(std::vector<Json>(arguments.begin(), arguments.end()));
}

// AWS compares the texts of the values: true is found in ["true"], {"a":1,"b":2} is not in [{"b":2,"a":1}].
Outcome<Json> ArrayContains::call(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return invalid_arguments(name);
  const auto items = arguments[0].items();
  const std::string wanted = java_text(arguments[1]);
  return Json(std::any_of(items.begin(), items.end(), [&](const Json& item) { return java_text(item) == wanted; }));
}

// AWS: the index is cut to its whole part; beyond the end is refused, but an empty array gives null.
Outcome<Json> ArrayGetItem::call(Arguments arguments, Random&) {
  const auto index = whole_part(arguments[1]);
  if (!arguments[0].is_array() || !index) return invalid_arguments(name);
  if (arguments[0].size() == 0) return Json();
  if (*index < 0 || *index >= static_cast<int64_t>(arguments[0].size())) return invalid_arguments(name);
  return arguments[0].items()[static_cast<size_t>(*index)];
}

Outcome<Json> ArrayLength::call(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return invalid_arguments(name);
  return Json(static_cast<int64_t>(arguments[0].size()));
}

Outcome<Json> ArrayPartition::call(Arguments arguments, Random&) {
  const auto size = whole_part(arguments[1]);
  if (!arguments[0].is_array() || !size || *size < 1) return invalid_arguments(name);
  const auto items = arguments[0].items();
  const auto step = static_cast<size_t>(*size);
  std::vector<Json> chunks;
  for (size_t begin = 0; begin < items.size(); begin += step) {
    const auto chunk = items.subspan(begin, std::min(step, items.size() - begin));
    chunks.emplace_back(std::vector<Json>(chunk.begin(), chunk.end()));
  }
  return Json(std::move(chunks));
}

Outcome<Json> ArrayRange::call(Arguments arguments, Random&) {
  const auto first = whole_part(arguments[0]);
  const auto last = whole_part(arguments[1]);
  const auto step = whole_part(arguments[2]);
  if (!first || !last || !step || *step == 0) return invalid_arguments(name);
  const int64_t steps = (*last - *first) / *step;
  if (steps >= range_items_max) return invalid_arguments(name);
  std::vector<Json> range;
  for (int64_t value = *first; *step > 0 ? value <= *last : value >= *last; value += *step) range.emplace_back(value);
  return Json(std::move(range));
}

// AWS gives the items in the order of Java's HashSet: by hash within a table of a power of two, then by arrival. Seen:
// [true, false] gives [false, true] and [[1,2],[2,1]] gives [[2,1],[1,2]].
Outcome<Json> ArrayUnique::call(Arguments arguments, Random&) {
  if (!arguments[0].is_array()) return invalid_arguments(name);
  const auto items = arguments[0].items();
  const size_t wanted = std::max<size_t>(static_cast<size_t>(static_cast<double>(items.size()) / 0.75) + 1, 16);
  std::vector<std::vector<Json>> table(std::bit_ceil(wanted));
  size_t count = 0;
  for (const Json& item : items) {
    const uint32_t hash = java_hash(item);
    auto& bucket = table[(hash ^ hash >> 16) & (table.size() - 1)];
    if (std::any_of(bucket.begin(), bucket.end(), [&](const Json& known) { return java_equal(known, item); })) continue;
    bucket.push_back(item);
    ++count;
  }
  std::vector<Json> unique;
  unique.reserve(count);
  for (auto& bucket : table) std::move(bucket.begin(), bucket.end(), std::back_inserter(unique));
  return Json(std::move(unique));
}

}  // namespace penstock::pipeline::intrinsic
