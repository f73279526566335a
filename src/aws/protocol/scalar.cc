#include "aws/protocol/scalar.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/encoding.h"
#include "base/json.h"

namespace penstock::aws {
namespace {

std::string shown_list(const Shape& shape, const void* value) {
  std::string out = "[";
  for (size_t i = 0, count = shape.list->size(value); i < count; ++i) {
    if (i > 0) out += ", ";
    out += shown_value(*shape.element->shape, shape.list->at(value, i));
  }
  return out + "]";
}

std::string shown_map(const Shape& shape, const void* value) {
  std::string out = "{";
  for (size_t i = 0, count = shape.map->size(value); i < count; ++i) {
    if (i > 0) out += ", ";
    out.append(shape.map->key(value, i)).append("=");
    out += shown_value(*shape.element->shape, shape.map->value(value, i));
  }
  return out + "}";
}

std::string shown_structure(const Shape& shape, const void* value) {
  std::string out = fmt::format("{}(", shape.name);
  bool first = true;
  for (const Member& member : shape.members) {
    const void* part = member.get(value);
    if (!first) out += ", ";
    first = false;
    out += lower_first(member.name) + "=" + (part != nullptr ? shown_value(*member.shape, part) : "null");
  }
  return out + ")";
}

std::string float_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return to_string(Json(value));
}

std::optional<double> parse_float(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_integer(std::string_view text, Type type) {
  int64_t value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (type == Type::integer &&
      (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string lower_first(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

std::string upper_first(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

size_t value_length(const Shape& shape, const void* value) {
  if (shape.type == Type::list) return shape.list->size(value);
  if (shape.type == Type::map) return shape.map->size(value);
  const auto& text = *static_cast<const std::string*>(value);
  return shape.type == Type::string ? utf8_length(text) : text.size();
}

std::optional<double> value_number(const Shape& shape, const void* value) {
  if (shape.type == Type::integer || shape.type == Type::long_integer) {
    return static_cast<double>(*static_cast<const int64_t*>(value));
  }
  if (shape.type == Type::floating) return *static_cast<const double*>(value);
  return std::nullopt;
}

std::string shown_value(const Shape& shape, const void* value) {
  if (shape.type == Type::list) return shown_list(shape, value);
  if (shape.type == Type::map) return shown_map(shape, value);
  if (shape.type == Type::structure) return shown_structure(shape, value);
  if (shape.type == Type::blob) {
    size_t size = static_cast<const std::string*>(value)->size();
    return fmt::format("java.nio.HeapByteBuffer[pos=0 lim={} cap={}]", size, size);
  }
  if (shape.type == Type::document) return to_string(*static_cast<const Json*>(value));
  Member use{.shape = &shape};
  return write_scalar(use, value, TimestampFormat::iso8601);
}

TimestampFormat timestamp_format(const Member& use, TimestampFormat otherwise) {
  if (use.timestamp_format != TimestampFormat::protocol_default) return use.timestamp_format;
  if (use.shape->timestamp_format != TimestampFormat::protocol_default) return use.shape->timestamp_format;
  return otherwise;
}

std::string to_epoch_text(Time time) {
  int64_t milliseconds = time.milliseconds();
  if (milliseconds % 1000 == 0) return fmt::format("{}", milliseconds / 1000);
  int64_t magnitude = std::abs(milliseconds);
  return fmt::format("{}{}.{:03}", milliseconds < 0 ? "-" : "", magnitude / 1000, magnitude % 1000);
}

Time from_epoch_seconds(double seconds) {
  return Time{static_cast<int64_t>(std::llround(seconds * 1e6))};
}

std::string to_text(Time time, TimestampFormat format) {
  if (format == TimestampFormat::rfc822) return to_http_date(time);
  if (format == TimestampFormat::unix_seconds) return to_epoch_text(time);
  return time.milliseconds() % 1000 == 0 ? to_iso8601_seconds(time) : to_iso8601(time);
}

std::optional<Time> parse_time(std::string_view text, TimestampFormat expected) {
  auto epoch = [&]() -> std::optional<Time> {
    auto seconds = parse_float(text);
    return seconds && std::abs(*seconds) < 1e12 ? std::optional(from_epoch_seconds(*seconds)) : std::nullopt;
  };
  if (expected == TimestampFormat::rfc822) {
    if (auto time = parse_http_date(text)) return time;
  } else if (expected == TimestampFormat::unix_seconds) {
    if (auto time = epoch()) return time;
  }
  if (auto time = parse_iso8601(text)) return time;
  if (auto time = parse_http_date(text)) return time;
  return epoch();
}

std::string write_scalar(const Member& use, const void* value, TimestampFormat times) {
  switch (use.shape->type) {
    case Type::integer:
    case Type::long_integer:
      return fmt::format("{}", *static_cast<const int64_t*>(value));
    case Type::floating:
      return float_text(*static_cast<const double*>(value));
    case Type::boolean:
      return *static_cast<const bool*>(value) ? "true" : "false";
    case Type::timestamp:
      return to_text(*static_cast<const Time*>(value), timestamp_format(use, times));
    case Type::blob:
      return to_base64(*static_cast<const std::string*>(value));
    default:
      return *static_cast<const std::string*>(value);
  }
}

bool read_scalar(const Member& use, std::string_view text, void* value, TimestampFormat times) {
  auto put = [value](auto parsed) {
    if (!parsed) return false;
    *static_cast<typename decltype(parsed)::value_type*>(value) = std::move(*parsed);
    return true;
  };
  switch (use.shape->type) {
    case Type::integer:
    case Type::long_integer:
      return put(parse_integer(text, use.shape->type));
    case Type::floating:
      return put(parse_float(text));
    case Type::boolean:
      return put(text == "true" || text == "True"     ? std::optional(true)
                 : text == "false" || text == "False" ? std::optional(false)
                                                      : std::nullopt);
    case Type::timestamp:
      return put(parse_time(text, timestamp_format(use, times)));
    case Type::blob:
      return put(from_base64(text));
    default:
      static_cast<std::string*>(value)->assign(text);
      return true;
  }
}

}  // namespace penstock::aws
