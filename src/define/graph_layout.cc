#include "define/graph_layout.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace penstock::define {

namespace {

constexpr double node_height = 46;
constexpr double node_width_min = 130;
constexpr double letter_width = 7.4;  // of the 13-pixel font
constexpr double layer_gap = 44;
constexpr double node_gap = 28;
constexpr double margin = 16;
constexpr double title_height = 26;  // above the inner graphs of a node
constexpr int sweeps = 8;
constexpr int transition_weight = 12;  // against 1 of an error's edge: the way through a pipeline is drawn straight

// A node of the layered graph: a state, or a bend of an edge that crosses a layer.
struct Cell {
  size_t layer = 0;
  Size size;
  double x = 0;
  std::vector<size_t> above, below;  // neighbours, once per unit of an edge's weight
};

class Layering {
 public:
  explicit Layering(const Graph& graph, std::vector<Size> sizes) : graph_(graph) {
    for (const Size& size : sizes) cells_.push_back({.layer = 0, .size = size, .x = 0, .above = {}, .below = {}});
  }

  Layout run() {
    find_back_edges();
    assign_layers();
    make_bends();
    order_layers();
    assign_coordinates();
    return result();
  }

 private:
  bool counts(size_t edge) const {
    return graph_.edges[edge].kind != GraphEdge::Kind::data && !back_[edge] &&
           graph_.edges[edge].from != graph_.edges[edge].to;
  }

  // Edges to a state that is still on the way from the start: loops, which the layers ignore. Iterative: definitions
  // may be long.
  void find_back_edges() {
    back_.assign(graph_.edges.size(), false);
    std::vector<std::vector<size_t>> out(graph_.nodes.size());
    for (size_t e = 0; e < graph_.edges.size(); ++e) {
      if (graph_.edges[e].kind != GraphEdge::Kind::data) out[graph_.edges[e].from].push_back(e);
    }
    enum class Colour : char { unseen, open, done };
    std::vector<Colour> colour(graph_.nodes.size(), Colour::unseen);
    for (size_t root = 0; root < graph_.nodes.size(); ++root) {
      if (colour[root] != Colour::unseen) continue;
      std::vector<std::pair<size_t, size_t>> stack = {{root, 0}};  // node, its next edge
      colour[root] = Colour::open;
      while (!stack.empty()) {
        auto& [node, next] = stack.back();
        if (next == out[node].size()) {
          colour[node] = Colour::done;
          stack.pop_back();
          continue;
        }
        const size_t edge = out[node][next++];
        const size_t to = graph_.edges[edge].to;
        if (colour[to] == Colour::open) back_[edge] = true;
        if (colour[to] != Colour::unseen) continue;
        colour[to] = Colour::open;
        stack.emplace_back(to, 0);
      }
    }
  }

  void assign_layers() {
    // Longest ways in a graph without loops: as many rounds as there are layers, at most one a node.
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t e = 0; e < graph_.edges.size(); ++e) {
        if (!counts(e)) continue;
        const size_t wanted = cells_[graph_.edges[e].from].layer + 1;
        if (cells_[graph_.edges[e].to].layer >= wanted) continue;
        cells_[graph_.edges[e].to].layer = wanted;
        changed = true;
      }
    }
  }

  void make_bends() {
    chains_.resize(graph_.edges.size());
    for (size_t e = 0; e < graph_.edges.size(); ++e) {
      if (!counts(e)) continue;
      size_t previous = graph_.edges[e].from;
      const size_t last = graph_.edges[e].to;
      chains_[e] = {previous};
      const int weight = graph_.edges[e].kind == GraphEdge::Kind::error ? 1 : transition_weight;
      for (size_t layer = cells_[previous].layer + 1; layer < cells_[last].layer; ++layer) {
        cells_.push_back({.layer = layer, .size = {10, 0}, .x = 0, .above = {}, .below = {}});
        link(previous, cells_.size() - 1, weight);
        previous = cells_.size() - 1;
        chains_[e].push_back(previous);
      }
      link(previous, last, weight);
      chains_[e].push_back(last);
    }
    size_t count = 0;
    for (const Cell& cell : cells_) count = std::max(count, cell.layer + 1);
    layers_.resize(count);
    for (size_t c = 0; c < cells_.size(); ++c) layers_[cells_[c].layer].push_back(c);
  }

  void link(size_t from, size_t to, int weight) {
    cells_[from].below.insert(cells_[from].below.end(), static_cast<size_t>(weight), to);
    cells_[to].above.insert(cells_[to].above.end(), static_cast<size_t>(weight), from);
  }

  // The mean of the places that `neighbours` have in their layer, or `own` of a cell without any.
  static double mean(const std::vector<size_t>& neighbours, const std::vector<double>& place, double own) {
    if (neighbours.empty()) return own;
    double sum = 0;
    for (const size_t n : neighbours) sum += place[n];
    return sum / static_cast<double>(neighbours.size());
  }

  void order_layers() {
    std::vector<double> place(cells_.size());
    const auto number = [&](const std::vector<size_t>& layer) {
      for (size_t i = 0; i < layer.size(); ++i) place[layer[i]] = static_cast<double>(i);
    };
    for (const auto& layer : layers_) number(layer);
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (size_t i = 0; i < layers_.size(); ++i) {
        auto& layer = layers_[down ? i : layers_.size() - 1 - i];
        std::vector<std::pair<double, size_t>> keyed;
        for (const size_t c : layer)
          keyed.emplace_back(mean(down ? cells_[c].above : cells_[c].below, place, place[c]), c);
        std::ranges::stable_sort(keyed, {}, &std::pair<double, size_t>::first);
        std::ranges::transform(keyed, layer.begin(), &std::pair<double, size_t>::second);
        number(layer);
      }
    }
  }

  // Each layer left to right without overlaps, then pulled towards the neighbours above and below by turns.
  void assign_coordinates() {
    for (const auto& layer : layers_) {
      double x = 0;
      for (const size_t c : layer) {
        cells_[c].x = x + cells_[c].size.width / 2;
        x += cells_[c].size.width + node_gap;
      }
    }
    std::vector<double> centre(cells_.size());
    for (int sweep = 0; sweep < 2 * sweeps; ++sweep) {
      for (size_t c = 0; c < cells_.size(); ++c) centre[c] = cells_[c].x;
      const bool down = sweep % 2 == 0;
      for (size_t i = 0; i < layers_.size(); ++i) pull(layers_[down ? i : layers_.size() - 1 - i], down, centre);
    }
    double left = std::numeric_limits<double>::max();
    for (const Cell& cell : cells_) left = std::min(left, cell.x - cell.size.width / 2);
    for (Cell& cell : cells_) cell.x += margin - left;
  }

  void pull(const std::vector<size_t>& layer, bool down, std::vector<double>& centre) {
    double shift = 0;
    double right = -std::numeric_limits<double>::max();
    for (const size_t c : layer) {
      Cell& cell = cells_[c];
      const double wanted = mean(down ? cell.above : cell.below, centre, cell.x);
      cell.x = std::max(wanted, right + node_gap + cell.size.width / 2);
      right = cell.x + cell.size.width / 2;
      shift += wanted - cell.x;
    }
    // What was pushed to the right by its neighbours comes back by half as much as all were pushed on average.
    if (!layer.empty()) shift /= static_cast<double>(layer.size());
    for (const size_t c : layer) {
      cells_[c].x += shift;
      centre[c] = cells_[c].x;
    }
  }

  Layout result() const {
    Layout layout;
    std::vector<double> layer_y(layers_.size());
    double y = margin;
    for (size_t i = 0; i < layers_.size(); ++i) {
      double height = 0;
      for (const size_t c : layers_[i]) height = std::max(height, cells_[c].size.height);
      layer_y[i] = y + height / 2;
      y += height + layer_gap;
    }
    double width = 0;
    for (const Cell& cell : cells_) width = std::max(width, cell.x + cell.size.width / 2);
    layout.size = {width + margin, y - layer_gap + margin};
    for (size_t n = 0; n < graph_.nodes.size(); ++n)
      layout.nodes.push_back({{cells_[n].x, layer_y[cells_[n].layer]}, cells_[n].size, {}});
    for (const auto& chain : chains_) {
      std::vector<Point> points;
      for (const size_t c : chain) points.push_back({cells_[c].x, layer_y[cells_[c].layer]});
      layout.edges.push_back(std::move(points));
    }
    return layout;
  }

  const Graph& graph_;
  std::vector<bool> back_;
  std::vector<Cell> cells_;                  // the states, then the bends
  std::vector<std::vector<size_t>> layers_;  // cells, left to right
  std::vector<std::vector<size_t>> chains_;  // per edge: its ends and bends
};

Size size_of(const GraphNode& node, const std::vector<Layout>& inner) {
  const double letters = static_cast<double>(std::max(node.name.size(), node.resource.size()));
  Size size = {std::max(node_width_min, letters * letter_width + 28), node_height};
  if (inner.empty()) return size;
  double width = margin;
  double height = 0;
  for (const Layout& layout : inner) {
    width += layout.size.width + margin;
    height = std::max(height, layout.size.height);
  }
  return {std::max(size.width, width), title_height + height + margin};
}

}  // namespace

Layout place(const Graph& graph) {
  std::vector<std::vector<Layout>> inner(graph.nodes.size());
  std::vector<Size> sizes;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const Graph& part : graph.nodes[n].inner) inner[n].push_back(place(part));
    sizes.push_back(size_of(graph.nodes[n], inner[n]));
  }
  Layout layout = Layering(graph, std::move(sizes)).run();
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    PlacedNode& node = layout.nodes[n];
    double width = inner[n].empty() ? 0 : (static_cast<double>(inner[n].size()) - 1) * margin;
    for (const Layout& part : inner[n]) width += part.size.width;
    double x = node.centre.x - width / 2;
    for (const Layout& part : inner[n]) {
      node.inner_origin.push_back({x, node.centre.y - node.size.height / 2 + title_height});
      x += part.size.width + margin;
    }
  }
  layout.inner = std::move(inner);
  return layout;
}

}  // namespace penstock::define
