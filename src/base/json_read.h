// Reading what was written as a record: a member that is absent, or of another kind, gives a default, so that a record
// of an earlier version stays readable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace penstock {

// The member as a number, when it is an integral one.
inline std::optional<int64_t> integer_in(const Json& record, std::string_view key) {
  const Json& value = record[key];
  return value.is_number() ? value.as_integer() : std::nullopt;
}

// The member, in microseconds since 1970, as a time.
inline std::optional<Time> time_in(const Json& record, std::string_view key) {
  std::optional<int64_t> microseconds = integer_in(record, key);
  return microseconds ? std::optional<Time>(Time{*microseconds}) : std::nullopt;
}

inline bool flag_in(const Json& record, std::string_view key) {
  const Json& value = record[key];
  return value.is_boolean() && value.as_boolean();
}

// The member, or an empty object when it is none.
inline Json object_in(const Json& record, std::string_view key) {
  const Json& value = record[key];
  return value.is_object() ? value : Json::object();
}

// The texts of an array; an item that is none is an empty text.
inline std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const Json& item : list.items()) texts.emplace_back(item.is_string() ? item.as_string() : std::string_view());
  return texts;
}

// How they are written.
inline Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(Json(text));
  return list;
}

inline Json time_or_null(const std::optional<Time>& time) {
  return time ? Json(time->microseconds) : Json();
}

}  // namespace penstock
