#include "define/graph.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "base/encoding.h"

namespace penstock::define {

namespace {

struct Target {
  std::string name;
  GraphEdge::Kind kind;
  std::string label;
};

std::string joined(const Json& texts) {
  std::string text;
  if (!texts.is_array()) return text;
  for (const Json& item : texts.items()) {
    if (!item.is_string()) continue;
    if (!text.empty()) text += ", ";
    text += item.as_string();
  }
  return text;
}

// Where a state can go, in the order of the definition.
std::vector<Target> targets(const Json& state) {
  std::vector<Target> found;
  const auto add = [&found](std::string_view name, GraphEdge::Kind kind, std::string label = {}) {
    if (!name.empty()) found.push_back({std::string(name), kind, std::move(label)});
  };
  if (const Json* choices = state.find("Choices"); choices && choices->is_array()) {
    for (const Json& choice : choices->items()) add(choice.text("Next"), GraphEdge::Kind::transition);
  }
  add(state.text("Default"), GraphEdge::Kind::otherwise);
  add(state.text("Next"), GraphEdge::Kind::transition);
  if (const Json* catches = state.find("Catch"); catches && catches->is_array()) {
    for (const Json& caught : catches->items())
      add(caught.text("Next"), GraphEdge::Kind::error, joined(caught["ErrorEquals"]));
  }
  return found;
}

using StatesByName = std::map<std::string_view, const Json*>;

// The names of the states in the order in which they are reached, error handlers and the unreachable last.
std::vector<std::string> reached(const Json& definition, const StatesByName& states) {
  std::vector<std::string> order;
  std::set<std::string_view> seen;
  const auto take = [&](std::string_view name) {
    const auto state = states.find(name);
    if (state == states.end() || !seen.insert(state->first).second) return false;
    order.emplace_back(name);
    return true;
  };
  std::vector<std::string> stack = {std::string(definition.text("StartAt"))};
  std::vector<std::string> handlers;
  while (!stack.empty() || !handlers.empty()) {
    if (stack.empty()) std::swap(stack, handlers);
    const std::string name = stack.back();
    stack.pop_back();
    if (!take(name)) continue;
    std::vector<Target> next = targets(*states.at(name));
    std::ranges::reverse(next);
    for (Target& target : next)
      (target.kind == GraphEdge::Kind::error ? handlers : stack).push_back(std::move(target.name));
  }
  if (!definition["States"].is_object()) return order;
  for (const JsonMember& member : definition["States"].members()) take(member.key);
  return order;
}

// The texts of a state in which data is read; its own inner states are states of another graph.
void collect_expressions(const Json& value, bool reads, std::vector<std::string_view>& texts) {
  if (value.is_string() && reads) texts.push_back(value.as_string());
  if (value.is_array()) {
    for (const Json& item : value.items()) collect_expressions(item, reads, texts);
  }
  if (!value.is_object()) return;
  for (const JsonMember& member : value.members()) {
    const std::string_view key = member.key;
    if (key == "ResultPath" || key == "Catch" || key == "ResultSelector" || key == "Next" || key == "Default") continue;
    const bool query = member.value.is_string() && member.value.as_string().starts_with("{%");
    collect_expressions(member.value,
                        reads || query || key.ends_with(".$") || key.ends_with("Path") || key == "Variable", texts);
  }
}

// Whether `text` reads `token` ("$.data", "$name") and not a longer name or the context object's.
bool reads(std::string_view text, std::string_view token) {
  for (size_t at = text.find(token); at != std::string_view::npos; at = text.find(token, at + 1)) {
    const size_t end = at + token.size();
    const bool longer = end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_');
    const bool of_context = at > 0 && text[at - 1] == '$';
    if (!longer && !of_context) return true;
  }
  return false;
}

// What a state leaves for others: "$.data", "$variable".
std::vector<std::string> writes(const Json& state) {
  std::vector<std::string> tokens;
  const std::string_view path = state.text("ResultPath");
  if (path.starts_with("$.")) tokens.emplace_back(path.substr(0, path.find_first_of(".[", 2)));
  if (const Json* assign = state.find("Assign"); assign && assign->is_object()) {
    for (const JsonMember& member : assign->members()) {
      std::string_view name = member.key;
      if (name.ends_with(".$")) name.remove_suffix(2);
      tokens.push_back("$" + std::string(name));
    }
  }
  return tokens;
}

void add_data_edges(Graph& graph, const std::vector<const Json*>& states) {
  std::vector<std::pair<size_t, std::string>> written;  // by which node, what
  for (size_t from = 0; from < states.size(); ++from) {
    for (std::string& token : writes(*states[from])) written.emplace_back(from, std::move(token));
  }
  for (size_t to = 0; to < states.size(); ++to) {
    std::vector<std::string_view> texts;
    collect_expressions(*states[to], false, texts);
    for (const auto& [from, token] : written) {
      const bool read = std::ranges::any_of(texts, [&](std::string_view text) { return reads(text, token); });
      if (read && from != to) graph.edges.push_back({from, to, GraphEdge::Kind::data, token});
    }
  }
}

std::vector<Graph> inner_graphs(const Json& state) {
  std::vector<Graph> inner;
  for (const char* key : {"ItemProcessor", "Iterator"}) {
    if (const Json* processor = state.find(key)) inner.push_back(read_graph(*processor));
  }
  if (const Json* branches = state.find("Branches"); branches && branches->is_array()) {
    for (const Json& branch : branches->items()) inner.push_back(read_graph(branch));
  }
  return inner;
}

}  // namespace

Graph read_graph(const Json& definition) {
  constexpr std::string_view integration = "arn:aws:states:::";
  Graph graph;
  StatesByName by_name;
  if (definition["States"].is_object()) {
    for (const JsonMember& member : definition["States"].members()) by_name[member.key] = &member.value;
  }
  std::map<std::string, size_t> index;
  std::vector<const Json*> states;  // as graph.nodes
  for (const std::string& name : reached(definition, by_name)) {
    const Json& state = *by_name.at(name);
    std::string_view resource = state.text("Resource");
    if (resource.starts_with(integration)) resource.remove_prefix(integration.size());
    index[name] = graph.nodes.size();
    graph.nodes.push_back({name, std::string(state.text("Type")), std::string(resource), inner_graphs(state)});
    states.push_back(&state);
  }
  for (size_t from = 0; from < graph.nodes.size(); ++from) {
    for (Target& target : targets(*states[from])) {
      const auto to = index.find(target.name);
      if (to != index.end()) graph.edges.push_back({from, to->second, target.kind, std::move(target.label)});
    }
  }
  add_data_edges(graph, states);
  return graph;
}

}  // namespace penstock::define
