#include "core/stack/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "core/stack/evaluator.h"
#include "core/stack/functions.h"

namespace penstock::stack {

namespace {

std::string_view kind_name(Property::Kind kind) {
  switch (kind) {
    case Property::Kind::text:
      return "String";
    case Property::Kind::integer:
      return "Integer";
    case Property::Kind::boolean:
      return "Boolean";
    case Property::Kind::list:
      return "JSONArray";
    default:
      return "JSONObject";
  }
}

std::string_view kind_name(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::string:
      return "String";
    case Json::Kind::number:
      return "Number";
    case Json::Kind::boolean:
      return "Boolean";
    case Json::Kind::array:
      return "JSONArray";
    case Json::Kind::object:
      return "JSONObject";
    case Json::Kind::null:
      break;
  }
  return "Null";
}

// Scalars stand for one another when their text fits, as on AWS.
bool fits(Property::Kind kind, const Json& value) {
  std::string text;
  bool scalar = scalar_text(value, text);
  switch (kind) {
    case Property::Kind::text:
      return scalar;
    case Property::Kind::integer: {
      if (!scalar) return false;
      Outcome<Json> number = parse_json(text);
      return number.ok() && number->is_number() && number->as_integer().has_value();
    }
    case Property::Kind::boolean:
      return scalar && (text == "true" || text == "false");
    case Property::Kind::object:
      return value.is_object();
    case Property::Kind::list:
      return value.is_array();
    case Property::Kind::document:
      return value.is_object() || value.is_string();
    case Property::Kind::any:
      return true;
  }
  return false;
}

// A value that only making the resources, or a dynamic reference, will tell.
bool is_open(const Json& value) {
  if (!value.is_string()) return false;
  std::string_view text = value.as_string();
  return text.find(known_after_apply) != std::string_view::npos || text.find("{{resolve:") != std::string_view::npos;
}

std::string did_you_mean(const ResourceSchema& schema, std::string_view name) {
  std::vector<std::string_view> known;
  for (const Property& property : schema.properties) known.push_back(property.name);
  std::string_view nearest = nearest_word(name, known);
  return nearest.empty() ? std::string() : fmt::format(" (did you mean {}?)", nearest);
}

}  // namespace

const Property* ResourceSchema::find(std::string_view name) const {
  auto found = std::ranges::find(properties, name, &Property::name);
  return found == properties.end() ? nullptr : &*found;
}

bool ResourceSchema::has_attribute(std::string_view name) const {
  return std::ranges::any_of(attributes, [&](std::string_view known) {
    return known.ends_with('*') ? name.starts_with(known.substr(0, known.size() - 1)) : known == name;
  });
}

std::vector<std::string> check_properties(const ResourceSchema& schema, const Json& properties) {
  std::vector<std::string> wrong;
  for (const JsonMember& member : properties.members()) {
    const Property* property = schema.find(member.key);
    if (!property) {
      wrong.push_back(
          fmt::format("#: extraneous key [{}] is not permitted{}", member.key, did_you_mean(schema, member.key)));
      continue;
    }
    if (is_open(member.value) || fits(property->kind, member.value)) continue;
    wrong.push_back(fmt::format("#/{}: expected type: {}, found: {}", member.key, kind_name(property->kind),
                                kind_name(member.value)));
  }
  for (const Property& property : schema.properties) {
    if (property.required && !properties.find(property.name)) {
      wrong.push_back(fmt::format("#: required key [{}] not found", property.name));
    }
  }
  return wrong;
}

Json conformed(const ResourceSchema& schema, const Json& properties) {
  Json result = properties;
  for (const JsonMember& member : properties.members()) {
    const Property* property = schema.find(member.key);
    std::string text;
    if (!property || !scalar_text(member.value, text)) continue;
    if (property->kind == Property::Kind::text) result.set(member.key, Json(text));
    if (property->kind == Property::Kind::boolean && !is_open(member.value))
      result.set(member.key, Json(text == "true"));
    if (property->kind == Property::Kind::integer && !is_open(member.value)) {
      result.set(member.key, Json::number(text));
    }
  }
  return result;
}

}  // namespace penstock::stack
