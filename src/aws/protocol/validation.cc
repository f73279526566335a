#include "aws/protocol/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "aws/protocol/pattern.h"
#include "aws/protocol/scalar.h"
#include "base/encoding.h"

namespace penstock::aws {
namespace {

// The others are only counted: a request of a million empty entries would else make an answer of 100 MB.
constexpr size_t violations_named_max = 100;

// The constraints that a scalar, or the size of a list or map, breaks, each in AWS's words.
std::vector<std::string> broken_constraints(const Shape& shape, const void* value) {
  std::vector<std::string> broken;
  if (shape.type == Type::string || shape.type == Type::blob || shape.type == Type::list || shape.type == Type::map) {
    auto length = static_cast<int64_t>(value_length(shape, value));
    if (shape.has_max && length > shape.max) {
      broken.push_back(fmt::format("Member must have length less than or equal to {}", shape.max));
    }
    if (shape.has_min && length < shape.min) {
      broken.push_back(fmt::format("Member must have length greater than or equal to {}", shape.min));
    }
  } else if (auto number = value_number(shape, value)) {
    if (shape.has_max && *number > static_cast<double>(shape.max)) {
      broken.push_back(fmt::format("Member must have value less than or equal to {}", shape.max));
    }
    if (shape.has_min && *number < static_cast<double>(shape.min)) {
      broken.push_back(fmt::format("Member must have value greater than or equal to {}", shape.min));
    }
  }
  if (shape.type != Type::string) return broken;
  const auto& text = *static_cast<const std::string*>(value);
  if (shape.pattern != nullptr && !shape.pattern->matches(text)) {
    broken.push_back(fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern->text()));
  }
  if (!shape.values.empty() && std::find(shape.values.begin(), shape.values.end(), text) == shape.values.end()) {
    broken.push_back(fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.values, ", ")));
  }
  return broken;
}

// All constraints of a scalar shape, as AWS lists them when an element of a list breaks one.
std::vector<std::string> all_constraints(const Shape& shape) {
  std::vector<std::string> all;
  std::string_view measure = shape.type == Type::string || shape.type == Type::blob ? "length" : "value";
  if (shape.has_max) all.push_back(fmt::format("Member must have {} less than or equal to {}", measure, shape.max));
  if (shape.has_min) all.push_back(fmt::format("Member must have {} greater than or equal to {}", measure, shape.min));
  if (shape.pattern != nullptr) {
    all.push_back(fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern->text()));
  }
  if (!shape.values.empty()) {
    all.push_back(fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.values, ", ")));
  }
  return all;
}

bool is_scalar(const Shape& shape) {
  return shape.type != Type::structure && shape.type != Type::list && shape.type != Type::map;
}

bool any_element_broken(const Shape& shape, const void* value) {
  if (!is_scalar(*shape.element->shape)) return false;
  size_t count = value_length(shape, value);
  for (size_t i = 0; i < count; ++i) {
    const void* element = shape.list != nullptr ? shape.list->at(value, i) : shape.map->value(value, i);
    if (!broken_constraints(*shape.element->shape, element).empty()) return true;
  }
  return false;
}

bool any_key_broken(const Shape& shape, const void* value) {
  size_t count = shape.map->size(value);
  for (size_t i = 0; i < count; ++i) {
    std::string key(shape.map->key(value, i));
    if (!broken_constraints(*shape.key->shape, &key).empty()) return true;
  }
  return false;
}

void append_path(std::string& out, const ValuePath& path) {
  if (path.kind == ValuePath::Kind::root) return;
  append_path(out, *path.parent);
  if (!out.empty()) out += '.';
  switch (path.kind) {
    case ValuePath::Kind::member:
      out += lower_first(path.name);
      break;
    case ValuePath::Kind::element:
      out += fmt::format("{}.member", path.index + 1);
      break;
    case ValuePath::Kind::entry:
      out.append(path.name).append(".member");
      break;
    case ValuePath::Kind::root:
      break;
  }
}

}  // namespace

std::string to_string(const ValuePath& path) {
  std::string out;
  append_path(out, path);
  return out;
}

void Validation::add(const ValuePath& path, std::string_view shown, std::string_view constraint) {
  if (violations_.size() >= violations_named_max) {
    violations_.emplace_back();  // counts only
    return;
  }
  violations_.push_back(
      fmt::format("Value {} at '{}' failed to satisfy constraint: {}", shown, to_string(path), constraint));
}

void Validation::check_constrained(const Shape& shape, const void* value, const ValuePath& path) {
  bool inside = path.kind == ValuePath::Kind::element || path.kind == ValuePath::Kind::entry;
  if (inside && is_scalar(shape)) return;  // checked with the list or map that holds it
  for (const std::string& constraint : broken_constraints(shape, value)) {
    add(path, fmt::format("'{}'", shown_value(shape, value)), constraint);
  }
  if (shape.element == nullptr) return;
  if (shape.map != nullptr && any_key_broken(shape, value)) {
    add(path, fmt::format("'{}'", shown_value(shape, value)),
        fmt::format("Map keys must satisfy constraint: [{}]", fmt::join(all_constraints(*shape.key->shape), ", ")));
  }
  if (any_element_broken(shape, value)) {
    add(path, fmt::format("'{}'", shown_value(shape, value)),
        fmt::format("{} must satisfy constraint: [{}]", shape.map != nullptr ? "Map value" : "Member",
                    fmt::join(all_constraints(*shape.element->shape), ", ")));
  }
}

void Validation::check_required(const Shape& shape, const SeenMembers& seen, const ValuePath& path) {
  for (size_t i = 0; i < shape.members.size(); ++i) {
    const Member& member = shape.members[i];
    if (member.required && !seen.has(i)) {
      add(ValuePath{&path, ValuePath::Kind::member, member.name, 0}, "null", "Member must not be null");
    }
  }
}

Error Validation::error(std::string_view code) const {
  const std::span<const std::string> named(violations_.data(), std::min(violations_.size(), violations_named_max));
  return Error{std::string(code), fmt::format("{} validation error{} detected: {}", violations_.size(),
                                              violations_.size() == 1 ? "" : "s", fmt::join(named, "; "))};
}

}  // namespace penstock::aws
