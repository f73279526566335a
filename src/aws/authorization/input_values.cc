#include "aws/authorization/input_values.h"

#include <algorithm>

#include "base/encoding.h"

namespace penstock::aws::authorization {

namespace {

using Values = std::vector<std::optional<std::string>>;

std::optional<std::string> scalar_text(const Shape& shape, const void* value) {
  std::string text;
  if (shape.type == Type::string) text = *static_cast<const std::string*>(value);
  if (shape.type == Type::integer || shape.type == Type::long_integer)
    text = std::to_string(*static_cast<const int64_t*>(value));
  if (shape.type == Type::boolean) text = *static_cast<const bool*>(value) ? "true" : "false";
  if (text.empty()) return std::nullopt;
  return text;
}

// Adds what is at `path` below `value`, which may be absent.
void collect(const Shape& shape, const void* value, std::string_view path, Values& values) {
  if (path.empty() || value == nullptr) {
    values.push_back(value == nullptr ? std::nullopt : scalar_text(shape, value));
    return;
  }
  const size_t dot = path.find('.');
  std::string_view name = path.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  const bool each = name.ends_with("[]");
  if (each) name.remove_suffix(2);
  const Member* member = shape.type == Type::structure ? find_member(shape, name) : nullptr;
  const void* found = member == nullptr ? nullptr : member->get(value);
  if (!each || member == nullptr) return collect(member == nullptr ? shape : *member->shape, found, rest, values);
  const Shape& list = *member->shape;
  for (size_t i = 0; found != nullptr && list.type == Type::list && i < list.list->size(found); ++i) {
    collect(*list.element->shape, list.list->at(found, i), rest, values);
  }
}

void add_tags(const Shape& shape, const void* value, std::vector<std::pair<std::string, std::string>>& tags) {
  for (size_t i = 0; shape.type == Type::map && i < shape.map->size(value); ++i) {
    tags.emplace_back(shape.map->key(value, i),
                      scalar_text(*shape.element->shape, shape.map->value(value, i)).value_or(""));
  }
  for (size_t i = 0; shape.type == Type::list && i < shape.list->size(value); ++i) {
    const Shape& item = *shape.element->shape;
    const void* tag = shape.list->at(value, i);
    if (item.type != Type::structure) continue;
    for (const auto& [key, text] : {std::pair("Key", "Value"), {"key", "value"}, {"TagKey", "TagValue"}}) {
      if (auto name = input_text(item, tag, key)) tags.emplace_back(*name, input_text(item, tag, text).value_or(""));
    }
  }
  if (shape.type != Type::structure) return;
  if (const Member* set = find_member(shape, "TagSet"); set != nullptr && set->get(value) != nullptr)
    add_tags(*set->shape, set->get(value), tags);
}

// "a=1&b=2", as the header x-amz-tagging gives them.
void add_encoded_tags(std::string_view text, std::vector<std::pair<std::string, std::string>>& tags) {
  for (std::string_view pair : split(text, '&')) {
    const size_t equals = pair.find('=');
    if (pair.empty()) continue;
    tags.emplace_back(uri_decode(pair.substr(0, equals)),
                      equals == std::string_view::npos ? "" : uri_decode(pair.substr(equals + 1)));
  }
}

}  // namespace

const Member* find_member(const Shape& shape, std::string_view name) {
  auto found = std::ranges::find(shape.members, name, &Member::name);
  return found == shape.members.end() ? nullptr : &*found;
}

Values input_values(const Shape& shape, const void* input, std::string_view path) {
  Values values;
  collect(shape, input, path, values);
  return values;
}

std::optional<std::string> input_text(const Shape& shape, const void* input, std::string_view path) {
  Values values = input_values(shape, input, path);
  return values.empty() ? std::nullopt : std::move(values.front());
}

std::vector<std::pair<std::string, std::string>> input_map(const Shape& shape, const void* input,
                                                           std::string_view name) {
  std::vector<std::pair<std::string, std::string>> entries;
  const Member* member = find_member(shape, name);
  const void* value = member == nullptr ? nullptr : member->get(input);
  if (value != nullptr) add_tags(*member->shape, value, entries);
  return entries;
}

std::vector<std::pair<std::string, std::string>> input_tags(const Shape& shape, const void* input) {
  std::vector<std::pair<std::string, std::string>> tags;
  for (std::string_view name : {"Tags", "tags", "Tagging"}) {
    const Member* member = find_member(shape, name);
    const void* value = member == nullptr ? nullptr : member->get(input);
    if (value == nullptr) continue;
    if (member->shape->type == Type::string) {
      add_encoded_tags(*static_cast<const std::string*>(value), tags);
    } else {
      add_tags(*member->shape, value, tags);
    }
  }
  return tags;
}

}  // namespace penstock::aws::authorization
