// Places a graph in layers from top to bottom (Sugiyama, Tagawa, Toda 1981): layers by the longest way from the start,
// the order within a layer by barycentres, coordinates by pulling each node towards its neighbours.
#pragma once

#include <vector>

#include "define/graph.h"

namespace penstock::define {

struct Point {
  double x = 0;
  double y = 0;
};

struct Size {
  double width = 0;
  double height = 0;
};

struct PlacedNode {
  Point centre;
  Size size;
  std::vector<Point> inner_origin = {};  // where each inner layout's upper left corner is
};

struct Layout {
  std::vector<PlacedNode> nodes;           // as the graph's
  std::vector<std::vector<Point>> edges;   // as the graph's; data edges and edges backwards have no points
  std::vector<std::vector<Layout>> inner;  // per node
  Size size;
};

// All in pixels of the drawing.
Layout place(const Graph& graph);

}  // namespace penstock::define
