// Pattern: an EventBridge event pattern. Source: "Comparison operators for use in event patterns", EventBridge user
// guide; where that is silent, aws/event-ruler (numbers compare by value; an element of an array of objects matches as
// a whole).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::event {

class Pattern {
 public:
  // Error InvalidEventPatternException: "Event pattern is not valid. Reason: ...".
  static Outcome<Pattern> parse(std::string_view text);
  // `event` is a whole event: {"source": ..., "detail-type": ..., "detail": {...}}.
  bool matches(const Json& event) const { return matches(root_, &event); }
  // The sources an event must have, when the pattern names them exactly; empty: it may match any source.
  std::vector<std::string> sources() const { return sources_; }

 private:
  // A condition on one value of a leaf.
  using Test = std::function<bool(const Json& value)>;
  struct Member;
  struct Node {
    std::vector<Member> members;            // of an object
    std::vector<std::vector<Node>> any_of;  // its $or lists
    bool leaf = false;
    std::vector<Test> tests;     // of a leaf: one must hold for one value
    bool may_be_absent = false;  // {"exists": false}
  };
  struct Member {
    std::string key;
    Node node;
  };
  class Compiler;

  static bool matches(const Node& node, const Json* value);
  static bool matches_leaf(const Node& node, const Json* value);
  static bool matches_object(const Node& node, const Json* value);

  Node root_;
  std::vector<std::string> sources_;
};

}  // namespace penstock::event
