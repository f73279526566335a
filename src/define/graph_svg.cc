#include "define/graph_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/encoding.h"
#include "define/graph_layout.h"

namespace penstock::define {

namespace {

constexpr std::string_view style = R"(<style>
  svg { --paper: #ffffff; --ink: #1f2933; --soft: #7b8794; --box: #f5f7fa; --line: #9aa5b1; --bad: #c0392b; --data: #2b7bba;
        --task: #2f6fab; --choice: #b7791f; --end: #2f855a; font-family: system-ui, sans-serif; font-size: 13px; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14181d; --ink: #e4e7eb; --soft: #9aa5b1; --box: #1f2630; --line: #616e7c; --bad: #ff7b6b; --data: #6cb2eb;
          --task: #6cb2eb; --choice: #f0b429; --end: #5bd18b; }
  }
  .paper { fill: var(--paper); }
  .box { fill: var(--box); stroke: var(--line); stroke-width: 1.3; }
  .Task { stroke: var(--task); } .Choice { stroke: var(--choice); } .Succeed { stroke: var(--end); } .Fail { stroke: var(--bad); }
  .name { fill: var(--ink); text-anchor: middle; font-weight: 600; }
  .kind { fill: var(--soft); text-anchor: middle; font-size: 11px; }
  .line { fill: none; stroke: var(--line); stroke-width: 1.4; marker-end: url(#arrow); }
  .error { stroke: var(--bad); stroke-dasharray: 5 4; marker-end: url(#bad); }
  .otherwise { stroke-dasharray: 2 3; }
  .data { stroke: var(--data); stroke-width: 1; stroke-dasharray: 1 3; marker-end: url(#read); }
  .arrow { fill: var(--line); } .bad { fill: var(--bad); } .read { fill: var(--data); }
</style>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

class Drawing {
 public:
  void draw(const Graph& graph, const Layout& layout, Point origin) {
    for (size_t e = 0; e < graph.edges.size(); ++e) draw_edge(graph, layout, e, origin);
    for (size_t n = 0; n < graph.nodes.size(); ++n) {
      draw_node(graph.nodes[n], layout.nodes[n], origin);
      for (size_t i = 0; i < graph.nodes[n].inner.size(); ++i) {
        const Point inner = layout.nodes[n].inner_origin[i];
        draw(graph.nodes[n].inner[i], layout.inner[n][i], {origin.x + inner.x, origin.y + inner.y});
      }
    }
  }

  std::string take() { return std::move(out_); }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<Arguments>(arguments)...);
  }

  void draw_node(const GraphNode& node, const PlacedNode& placed, Point origin) {
    const double x = origin.x + placed.centre.x;
    const double left = x - placed.size.width / 2;
    const double top = origin.y + placed.centre.y - placed.size.height / 2;
    const bool rounded = node.type == "Succeed" || node.type == "Fail";
    add("<g><title>{}: {}{}{}</title>", escaped(node.name), node.type, node.resource.empty() ? "" : " ",
        escaped(node.resource));
    add(R"(<rect class="box {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}"/>)", escaped(node.type),
        left, top, placed.size.width, placed.size.height,
        rounded                 ? 22
        : node.type == "Choice" ? 14
                                : 5);
    const std::string_view kind = node.resource.empty() ? std::string_view(node.type) : std::string_view(node.resource);
    if (node.inner.empty()) {
      add(R"(<text class="name" x="{:.1f}" y="{:.1f}">{}</text>)", x, top + 20, escaped(node.name));
      add(R"(<text class="kind" x="{:.1f}" y="{:.1f}">{}</text>)", x, top + 36, escaped(kind));
    } else {
      add(R"(<text class="name" x="{:.1f}" y="{:.1f}">{} <tspan class="kind">{}</tspan></text>)", x, top + 18,
          escaped(node.name), escaped(kind));
    }
    add("</g>\n");
  }

  void draw_edge(const Graph& graph, const Layout& layout, size_t index, Point origin) {
    const GraphEdge& edge = graph.edges[index];
    const std::vector<Point>& points = layout.edges[index];
    const std::string path = points.size() >= 2 ? along(layout, edge, points, origin) : beside(layout, edge, origin);
    static constexpr const char* classes[] = {"line", "line otherwise", "line error", "line data"};
    static constexpr const char* words[] = {"then", "otherwise", "on error", "data"};
    const auto kind = static_cast<size_t>(edge.kind);
    add(R"(<path class="{}" d="{}"><title>{} {} {}{}{}</title></path>)", classes[kind], path,
        escaped(graph.nodes[edge.from].name), words[kind], escaped(graph.nodes[edge.to].name),
        edge.label.empty() ? "" : ": ", escaped(edge.label));
    add("\n");
  }

  // Downwards through the bends, as curves that leave and arrive upright.
  static std::string along(const Layout& layout, const GraphEdge& edge, const std::vector<Point>& points,
                           Point origin) {
    const PlacedNode& from = layout.nodes[edge.from];
    const PlacedNode& to = layout.nodes[edge.to];
    std::string path;
    Point at = {origin.x + points.front().x, origin.y + from.centre.y + from.size.height / 2};
    fmt::format_to(std::back_inserter(path), "M{:.1f} {:.1f}", at.x, at.y);
    for (size_t i = 1; i < points.size(); ++i) {
      Point next = {origin.x + points[i].x, origin.y + points[i].y};
      if (i + 1 == points.size()) next.y = origin.y + to.centre.y - to.size.height / 2 - 2;
      const double middle = (at.y + next.y) / 2;
      fmt::format_to(std::back_inserter(path), " C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", at.x, middle, next.x,
                     middle, next.x, next.y);
      at = next;
    }
    return path;
  }

  // Around the right side: loops back, and data.
  static std::string beside(const Layout& layout, const GraphEdge& edge, Point origin) {
    const PlacedNode& from = layout.nodes[edge.from];
    const PlacedNode& to = layout.nodes[edge.to];
    const double start_x = origin.x + from.centre.x + from.size.width / 2;
    const double end_x = origin.x + to.centre.x + to.size.width / 2 + 2;
    const double start_y = origin.y + from.centre.y + 6;
    const double end_y = origin.y + to.centre.y - 6;
    const double out = std::max(start_x, end_x) + std::min(18 + std::abs(end_y - start_y) / 12, side_room - 6);
    return fmt::format("M{:.1f} {:.1f} C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", start_x, start_y, out, start_y, out,
                       end_y, end_x, end_y);
  }

 public:
  static constexpr double side_room = 64;  // right of all boxes, for what goes around them

 private:
  std::string out_;
};

}  // namespace

std::string graph_svg(const Json& definition) {
  const Graph graph = read_graph(definition);
  const Layout layout = place(graph);
  Drawing drawing;
  drawing.draw(graph, layout, {0, 0});
  const double width = layout.size.width + Drawing::side_room;
  const auto marker = [](std::string_view id) {
    return fmt::format(
        R"(<marker id="{0}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="{0}" d="M0 0L8 4L0 8z"/></marker>)",
        id);
  };
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "role=\"img\">\n"
      "<title>{2}</title>\n{3}<defs>{4}{5}{6}</defs>\n<rect class=\"paper\" width=\"100%\" "
      "height=\"100%\"/>\n{7}</svg>\n",
      width, layout.size.height, escaped(definition.text("Comment", "pipeline")), style, marker("arrow"), marker("bad"),
      marker("read"), drawing.take());
}

}  // namespace penstock::define
