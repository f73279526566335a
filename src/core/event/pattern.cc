#include "core/event/pattern.h"

#include <algorithm>
#include <utility>

#include "core/event/condition.h"

namespace penstock::event {

namespace {

Error invalid(std::string_view reason) {
  return {"InvalidEventPatternException", "Event pattern is not valid. Reason: " + std::string(reason)};
}

// All scalars of a leaf: itself, or those of an array, however deeply nested.
void collect(const Json& value, std::vector<const Json*>& scalars) {
  if (value.is_object()) return;
  if (!value.is_array()) return scalars.push_back(&value);
  for (const Json& item : value.items()) collect(item, scalars);
}

}  // namespace

class Pattern::Compiler {
 public:
  static Outcome<Node> object(const Json& json) {
    if (json.size() == 0) return invalid("Empty objects are not allowed");
    Node node;
    for (const JsonMember& member : json.members()) {
      Outcome<void> added = member.key == "$or" ? alternatives(member.value, node) : child(member, node);
      if (!added) return added.error();
    }
    return node;
  }

 private:
  static Outcome<void> child(const JsonMember& member, Node& node) {
    if (!member.value.is_object() && !member.value.is_array()) {
      return invalid("\"" + member.key + "\" must be an object or an array");
    }
    Outcome<Node> compiled = member.value.is_object() ? object(member.value) : leaf(member.value);
    if (!compiled) return compiled.error();
    node.members.push_back({member.key, std::move(*compiled)});
    return {};
  }

  static Outcome<void> alternatives(const Json& json, Node& node) {
    if (!json.is_array()) return invalid("It must be an Array followed with $or.");
    std::vector<Node> nodes;
    for (const Json& item : json.items()) {
      if (!item.is_object()) return invalid("Only JSON object is allowed in array of $or relationship.");
      Outcome<Node> compiled = object(item);
      if (!compiled) return compiled.error();
      nodes.push_back(std::move(*compiled));
    }
    if (nodes.size() < 2) return invalid("There must have at least 2 Objects in $or relationship.");
    node.any_of.push_back(std::move(nodes));
    return {};
  }

  static Outcome<Node> leaf(const Json& json) {
    if (json.size() == 0) return invalid("Empty arrays are not allowed");
    Node node;
    node.leaf = true;
    for (const Json& item : json.items()) {
      if (const Json* exists = item.find("exists"); exists && exists->is_boolean() && !exists->as_boolean()) {
        node.may_be_absent = true;
        continue;
      }
      Outcome<ValueTest> test = condition_test(item);
      if (!test) return invalid(test.error().message);
      node.tests.push_back(std::move(*test));
    }
    return node;
  }
};

Outcome<Pattern> Pattern::parse(std::string_view text) {
  Outcome<Json> json = parse_json(text);
  if (!json) return invalid(json.error().message);
  if (!json->is_object()) return invalid("Filter is not an object");
  Outcome<Node> root = Compiler::object(*json);
  if (!root) return root.error();
  Pattern pattern;
  pattern.root_ = std::move(*root);
  const Json& sources = (*json)["source"];
  if (sources.is_array() && std::ranges::all_of(sources.items(), &Json::is_string)) {
    for (const Json& source : sources.items()) pattern.sources_.emplace_back(source.as_string());
  }
  return pattern;
}

bool Pattern::matches(const Node& node, const Json* value) {
  return node.leaf ? matches_leaf(node, value) : matches_object(node, value);
}

bool Pattern::matches_leaf(const Node& node, const Json* value) {
  std::vector<const Json*> scalars;
  if (value) collect(*value, scalars);
  if (scalars.empty()) return node.may_be_absent;
  return std::ranges::any_of(scalars, [&](const Json* scalar) {
    return std::ranges::any_of(node.tests, [&](const Test& test) { return test(*scalar); });
  });
}

bool Pattern::matches_object(const Node& node, const Json* value) {
  if (value && value->is_array() && value->size() > 0) {
    return std::ranges::any_of(value->items(), [&](const Json& item) { return matches_object(node, &item); });
  }
  for (const auto& [key, member] : node.members) {
    if (!matches(member, value ? value->find(key) : nullptr)) return false;
  }
  return std::ranges::all_of(node.any_of, [&](const std::vector<Node>& nodes) {
    return std::ranges::any_of(nodes, [&](const Node& alternative) { return matches_object(alternative, value); });
  });
}

}  // namespace penstock::event
