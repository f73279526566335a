// Graph: the states of a definition, the transitions between them, and the data that flows along: an edge from the
// state that writes "$.data" (ResultPath) or a variable (Assign) to each state that reads it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"

namespace penstock::define {

struct GraphEdge {
  enum class Kind { transition, otherwise, error, data };
  size_t from = 0;  // indexes of nodes
  size_t to = 0;
  Kind kind = Kind::transition;
  std::string label = {};  // of an error edge: its names; of a data edge: what is read
};

struct Graph;

struct GraphNode {
  std::string name;
  std::string type;               // "Task", ...
  std::string resource = {};      // of a Task, without "arn:aws:states:::"
  std::vector<Graph> inner = {};  // a Map's processor, a Parallel's branches
};

struct Graph {
  std::vector<GraphNode> nodes;  // the first is the start; in the order in which they are reached
  std::vector<GraphEdge> edges;
};

// Of a definition, or of a part that has StartAt and States. States that nothing leads to come last; targets that do
// not exist are left out.
Graph read_graph(const Json& definition);

}  // namespace penstock::define
