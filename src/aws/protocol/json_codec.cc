#include "aws/protocol/json_codec.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "aws/protocol/scalar.h"
#include "aws/protocol/stream_out.h"
#include "base/encoding.h"

namespace penstock::aws {
namespace {

using Names = JsonStyle::Names;
using Times = JsonStyle::Times;

bool is_named(const Member& member, std::string_view key, Names names) {
  if (names == Names::wire) return member.location == Location::body && member.wire == key;
  if (names == Names::model) return member.name == key;
  return member.name.size() == key.size() && member.name.substr(1) == key.substr(1) &&
         upper_first(member.name.substr(0, 1)) == key.substr(0, 1);
}

class JsonReader {
 public:
  JsonReader(Validation& validation, JsonStyle style) : validation_(validation), style_(style) {}

  bool read(const Member& use, const Json& json, void* value, const ValuePath& path);
  Error& error() { return error_; }

 private:
  bool read_structure(const Shape& shape, const Json& json, void* value, const ValuePath& path);
  bool read_list(const Shape& shape, const Json& json, void* value, const ValuePath& path);
  bool read_map(const Shape& shape, const Json& json, void* value, const ValuePath& path);
  bool read_scalar_value(const Member& use, const Json& json, void* value, const ValuePath& path);
  bool read_string(const Member& use, const Json& json, void* value, const ValuePath& path);
  bool read_number(const Member& use, const Json& json, void* value, const ValuePath& path);
  bool read_timestamp(const Member& use, const Json& json, void* value, const ValuePath& path);
  size_t find_member(const Shape& shape, std::string_view key, size_t hint) const;
  bool wrong_kind(const Json& json, const Shape& expected, const ValuePath& path);
  bool unknown(std::string_view key);

  Validation& validation_;
  JsonStyle style_;
  Error error_;
};

// Clients send members mostly in the model's order: the search starts behind the one found last.
size_t JsonReader::find_member(const Shape& shape, std::string_view key, size_t hint) const {
  size_t count = shape.members.size();
  for (size_t i = 0, index = hint; i < count; ++i, ++index) {
    if (index >= count) index = 0;
    if (is_named(shape.members[index], key, style_.names)) return index;
  }
  return count;
}

bool JsonReader::unknown(std::string_view key) {
  error_ = {"States.Runtime", fmt::format("The field \"{}\" is not supported by Step Functions", key)};
  return false;
}

std::string_view expected_kind(Type type) {
  switch (type) {
    case Type::structure:
    case Type::map:
      return "OBJECT";
    case Type::list:
      return "ARRAY";
    case Type::integer:
    case Type::long_integer:
    case Type::floating:
      return "NUMBER";
    case Type::boolean:
      return "BOOLEAN";
    default:
      return "STRING";
  }
}

// AWS's JSON services answer in the words of their parser (Coral); texts as quoted in public issue reports.
std::string coral_message(const Json& json, const Shape& expected) {
  if (json.is_object()) return "Start of structure or map found where not expected.";
  if (json.is_array()) return "Start of list found where not expected";
  std::string_view found = json.is_string()    ? "STRING_VALUE"
                           : json.is_number()  ? "NUMBER_VALUE"
                           : json.as_boolean() ? "TRUE_VALUE"
                                               : "FALSE_VALUE";
  switch (expected.type) {
    case Type::structure:
    case Type::map:
    case Type::list:
      return "Unexpected value type in payload";
    case Type::integer:
      return fmt::format("{} can not be converted to an Integer", found);
    case Type::long_integer:
      return fmt::format("{} can not be converted to a Long", found);
    case Type::floating:
      return fmt::format("{} can not be converted to a Double", found);
    case Type::boolean:
      return fmt::format("{} can not be converted to a Boolean", found);
    case Type::timestamp:
      return fmt::format("{} can not be converted to a Timestamp", found);
    default:
      return fmt::format("{} can not be converted to a String", found);
  }
}

bool JsonReader::wrong_kind(const Json& json, const Shape& expected, const ValuePath& path) {
  if (style_.refuse_unknown) {
    std::string_view kind = expected_kind(expected.type);
    std::string field = path.kind == ValuePath::Kind::member ? upper_first(path.name) : std::string(path.name);
    error_ = {"States.Runtime", fmt::format("The value for the field '{}' must be {} {}", field,
                                            kind == "ARRAY" || kind == "OBJECT" ? "an" : "a", kind)};
  } else {
    error_ = {"SerializationException", coral_message(json, expected)};
  }
  return false;
}

bool JsonReader::read(const Member& use, const Json& json, void* value, const ValuePath& path) {
  const Shape& shape = *use.shape;
  bool done = false;
  switch (shape.type) {
    case Type::structure:
      return read_structure(shape, json, value, path);
    case Type::list:
      done = read_list(shape, json, value, path);
      break;
    case Type::map:
      done = read_map(shape, json, value, path);
      break;
    default:
      done = read_scalar_value(use, json, value, path);
  }
  if (done) validation_.check(shape, value, path);
  return done;
}

bool JsonReader::read_structure(const Shape& shape, const Json& json, void* value, const ValuePath& path) {
  if (!json.is_object()) return wrong_kind(json, shape, path);
  SeenMembers seen;
  size_t next = 0;
  for (const JsonMember& entry : json.members()) {
    size_t index = find_member(shape, entry.key, next);
    if (index == shape.members.size()) {
      if (style_.refuse_unknown) return unknown(entry.key);
      continue;
    }
    next = index + 1;
    if (entry.value.is_null()) continue;
    const Member& member = shape.members[index];
    seen.add(index);
    ValuePath inner{&path, ValuePath::Kind::member, member.name, 0};
    if (!read(member, entry.value, member.make(value), inner)) return false;
  }
  // What travels in the path, the query or headers is not missing from a body (RestReader checks it).
  for (size_t i = 0; style_.names == JsonStyle::Names::wire && i < shape.members.size(); ++i) {
    if (shape.members[i].location != Location::body) seen.add(i);
  }
  validation_.check_required(shape, seen, path);
  return true;
}

bool JsonReader::read_list(const Shape& shape, const Json& json, void* value, const ValuePath& path) {
  if (!json.is_array()) return wrong_kind(json, shape, path);
  size_t index = 0;
  for (const Json& item : json.items()) {
    ValuePath inner{&path, ValuePath::Kind::element, path.name, index++};
    void* element = shape.list->append(value);
    if (item.is_null()) continue;  // a null keeps its place as an empty value
    if (!read(*shape.element, item, element, inner)) return false;
  }
  return true;
}

bool JsonReader::read_map(const Shape& shape, const Json& json, void* value, const ValuePath& path) {
  if (!json.is_object()) return wrong_kind(json, shape, path);
  for (const JsonMember& entry : json.members()) {
    if (entry.value.is_null()) continue;
    ValuePath inner{&path, ValuePath::Kind::entry, entry.key, 0};
    if (!read(*shape.element, entry.value, shape.map->append(value, entry.key), inner)) return false;
  }
  return true;
}

bool JsonReader::read_scalar_value(const Member& use, const Json& json, void* value, const ValuePath& path) {
  switch (use.shape->type) {
    case Type::integer:
    case Type::long_integer:
    case Type::floating:
      return read_number(use, json, value, path);
    case Type::boolean:
      if (!json.is_boolean()) return wrong_kind(json, *use.shape, path);
      *static_cast<bool*>(value) = json.as_boolean();
      return true;
    case Type::timestamp:
      return read_timestamp(use, json, value, path);
    case Type::document:
      *static_cast<Json*>(value) = json;
      return true;
    default:
      return read_string(use, json, value, path);
  }
}

bool JsonReader::read_string(const Member& use, const Json& json, void* value, const ValuePath& path) {
  if (use.shape->type == Type::body) {
    // Step Functions writes an object or a number given as a body as its JSON text.
    static_cast<Body*>(value)->bytes = json.is_string() ? std::string(json.as_string()) : to_string(json);
    return true;
  }
  if (!json.is_string()) return wrong_kind(json, *use.shape, path);
  std::string_view text = json.as_string();
  if (use.shape->type == Type::stream) {
    static_cast<StreamOut*>(value)->bytes = text;
    return true;
  }
  // Step Functions passes text for a blob's bytes; on the wire they are base64.
  if (use.shape->type == Type::blob && style_.names == Names::wire) {
    if (read_scalar(use, text, value, TimestampFormat::iso8601)) return true;
    error_ = {"SerializationException", "Failed to decode base64 in a blob"};
    return false;
  }
  static_cast<std::string*>(value)->assign(text);
  return true;
}

bool JsonReader::read_number(const Member& use, const Json& json, void* value, const ValuePath& path) {
  if (use.shape->type == Type::floating) {
    if (json.is_number()) {
      *static_cast<double*>(value) = json.as_double();
      return true;
    }
    // Smithy's JSON writes NaN, Infinity and -Infinity as strings.
    return (json.is_string() && !json.as_string().empty() &&
            !std::isdigit(static_cast<unsigned char>(json.as_string()[0])) &&
            read_scalar(use, json.as_string(), value, TimestampFormat::iso8601)) ||
           wrong_kind(json, *use.shape, path);
  }
  if (!json.is_number()) return wrong_kind(json, *use.shape, path);
  auto number = json.as_integer();
  bool fits = number && (use.shape->type == Type::long_integer || (*number >= std::numeric_limits<int32_t>::min() &&
                                                                   *number <= std::numeric_limits<int32_t>::max()));
  if (!fits) return wrong_kind(json, *use.shape, path);
  *static_cast<int64_t*>(value) = *number;
  return true;
}

bool JsonReader::read_timestamp(const Member& use, const Json& json, void* value, const ValuePath& path) {
  std::optional<Time> time;
  if (json.is_number() && std::abs(json.as_double()) < 1e14) {
    // Step Functions' tasks may pass milliseconds on; no date in seconds is that large.
    double number = json.as_double();
    time = from_epoch_seconds(std::abs(number) >= 1e11 ? number / 1e3 : number);
  } else if (json.is_string()) {
    time = parse_time(json.as_string(), timestamp_format(use, TimestampFormat::iso8601));
  }
  if (!time) return wrong_kind(json, *use.shape, path);
  *static_cast<Time*>(value) = *time;
  return true;
}

Json time_json(const Member& use, Time time, JsonStyle style) {
  if (style.times == Times::unix_milliseconds) return Json(time.milliseconds());
  if (style.times == Times::iso8601) return Json(to_iso8601(time));
  // Only on the wire does the model choose.
  TimestampFormat format =
      style.names == Names::wire ? timestamp_format(use, TimestampFormat::unix_seconds) : TimestampFormat::unix_seconds;
  return format == TimestampFormat::unix_seconds ? Json::number(to_epoch_text(time)) : Json(to_text(time, format));
}

Json write(const Member& use, const void* value, JsonStyle style);

std::string member_key(const Member& member, JsonStyle style) {
  if (style.names == Names::pascal) return upper_first(member.name);
  return std::string(style.names == Names::wire ? member.wire : member.name);
}

Json write_structure(const Shape& shape, const void* value, JsonStyle style) {
  std::vector<JsonMember> members;
  for (const Member& member : shape.members) {
    if (style.names == Names::wire && !member.in_response_body()) continue;
    const void* part = member.get(value);
    if (part == nullptr) continue;
    members.push_back({member_key(member, style), write(member, part, style)});
  }
  return Json::object(std::move(members));
}

Json write_list(const Shape& shape, const void* value, JsonStyle style) {
  std::vector<Json> items;
  size_t count = shape.list->size(value);
  items.reserve(count);
  for (size_t i = 0; i < count; ++i) items.push_back(write(*shape.element, shape.list->at(value, i), style));
  return Json(std::move(items));
}

Json write_map(const Shape& shape, const void* value, JsonStyle style) {
  std::vector<JsonMember> members;
  for (size_t i = 0, count = shape.map->size(value); i < count; ++i) {
    members.push_back(
        {std::string(shape.map->key(value, i)), write(*shape.element, shape.map->value(value, i), style)});
  }
  return Json::object(std::move(members));
}

Json write(const Member& use, const void* value, JsonStyle style) {
  switch (use.shape->type) {
    case Type::structure:
      return write_structure(*use.shape, value, style);
    case Type::list:
      return write_list(*use.shape, value, style);
    case Type::map:
      return write_map(*use.shape, value, style);
    case Type::integer:
    case Type::long_integer:
      return Json(*static_cast<const int64_t*>(value));
    case Type::floating: {
      double number = *static_cast<const double*>(value);
      return std::isfinite(number) ? Json(number) : Json(write_scalar(use, value, TimestampFormat::iso8601));
    }
    case Type::boolean:
      return Json(*static_cast<const bool*>(value));
    case Type::timestamp:
      return time_json(use, *static_cast<const Time*>(value), style);
    case Type::document:
      return *static_cast<const Json*>(value);
    case Type::blob:
      if (style.names != Names::wire) return Json(*static_cast<const std::string*>(value));
      return Json(write_scalar(use, value, TimestampFormat::iso8601));
    case Type::body:
      return Json(static_cast<const Body*>(value)->bytes);
    case Type::stream:
      return Json(static_cast<const StreamOut*>(value)->bytes);
    case Type::string:
      break;
  }
  return Json(*static_cast<const std::string*>(value));
}

}  // namespace

const Member* find_member(const Shape& structure, std::string_view key, JsonStyle::Names names) {
  for (const Member& member : structure.members) {
    if (is_named(member, key, names)) return &member;
  }
  return nullptr;
}

Json to_json(const Shape& shape, const void* value, JsonStyle style) {
  return write(Member{.shape = &shape}, value, style);
}

Outcome<void> from_json(const Shape& shape, const Json& json, void* value, Validation& validation, JsonStyle style) {
  JsonReader reader(validation, style);
  if (reader.read(Member{.shape = &shape}, json, value, ValuePath{})) return {};
  return std::move(reader.error());
}

}  // namespace penstock::aws
