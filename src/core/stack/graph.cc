#include "core/stack/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace penstock::stack {

namespace {

// Those whose needs can all be met, in order; what is left needs itself in a circle.
std::vector<std::string> take_free(Needs& left) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::string>> users;
  std::vector<std::string> free;
  for (const auto& [id, needs] : left) {
    for (const std::string& other : needs) users[other].push_back(id);
    if (needs.empty()) free.push_back(id);
  }
  for (size_t index = 0; index < free.size(); ++index) {
    std::string id = free[index];
    order.push_back(id);
    left.erase(id);
    for (const std::string& user : users[id]) {
      left[user].erase(id);
      if (left[user].empty()) free.push_back(user);
    }
  }
  return order;
}

// Of what take_free left: without those that only need the circle.
void keep_circle(Needs& left) {
  bool changed = true;
  while (changed) {
    std::set<std::string> needed;
    for (const auto& [id, needs] : left) needed.insert(needs.begin(), needs.end());
    changed = std::erase_if(left, [&](const auto& entry) { return !needed.contains(entry.first); }) > 0;
  }
}

}  // namespace

Outcome<Needs> dependencies(const Template& from, const std::set<std::string>& wanted) {
  Needs needs;
  for (const std::string& id : wanted) {
    std::set<std::string>& own = needs[id];
    const Json& resource = from.resource(id);
    for (const std::string& other : depends_on(resource)) {
      if (wanted.contains(other)) own.insert(other);
    }
    auto use = [&](const Reference& reference) {
      bool names = reference.kind == Reference::Kind::name || reference.kind == Reference::Kind::attribute;
      if (names && wanted.contains(reference.name)) own.insert(reference.name);
    };
    if (Outcome<void> visited = visit_references(resource["Properties"], use); !visited) return visited.error();
  }
  std::vector<std::string> circle = in_circle(needs);
  if (circle.empty()) return needs;
  return Error{"ValidationError", fmt::format("Circular dependency between resources: [{}]{}", fmt::join(circle, ", "),
                                              from.text.where("/Resources/" + circle[0]))};
}

std::vector<std::string> in_circle(const Needs& needs) {
  Needs left = needs;
  take_free(left);
  keep_circle(left);
  std::vector<std::string> circle;
  for (const auto& [id, others] : left) circle.push_back(id);
  return circle;
}

std::vector<std::string> in_order(const Needs& needs) {
  Needs left = needs;
  return take_free(left);
}

}  // namespace penstock::stack
