#include "define/graph.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "define/graph_layout.h"
#include "define/graph_svg.h"

namespace penstock::define {
namespace {

Json parse(std::string_view text) {
  auto json = parse_json(text);
  EXPECT_TRUE(json.ok());
  return json.ok() ? *json : Json();
}

std::vector<std::string> edges(const Graph& graph) {
  static constexpr const char* arrows[] = {"->", "?->", "!->", "~>"};
  std::vector<std::string> texts;
  for (const GraphEdge& edge : graph.edges) {
    texts.push_back(fmt::format("{} {} {}{}{}", graph.nodes[edge.from].name, arrows[static_cast<size_t>(edge.kind)],
                                graph.nodes[edge.to].name, edge.label.empty() ? "" : " ", edge.label));
  }
  return texts;
}

const char* const pipeline_text = R"({"StartAt": "A", "States": {
  "End": {"Type": "Succeed"},
  "A": {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", "Parameters": {"x.$": "$$.data"}, "ResultPath": "$.data",
        "Catch": [{"ErrorEquals": ["States.Timeout", "E"], "Next": "Bad"}], "Next": "Gate"},
  "Bad": {"Type": "Fail"},
  "Gate": {"Type": "Choice", "Choices": [{"Variable": "$.data.n", "NumericEquals": 1, "Next": "End"}], "Default": "Again"},
  "Again": {"Type": "Map", "ItemsPath": "$.database", "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}, "Next": "A"}}})";

TEST(Graph, StatesTransitionsAndData) {
  const Graph graph = read_graph(parse(pipeline_text));
  std::vector<std::string> names;
  for (const GraphNode& node : graph.nodes) names.push_back(node.name);
  EXPECT_EQ(names, (std::vector<std::string>{"A", "Gate", "End", "Again", "Bad"}));
  // "$.database" is another name than "$.data", and "$$.data" is the context object's.
  EXPECT_EQ(edges(graph), (std::vector<std::string>{"A -> Gate", "A !-> Bad States.Timeout, E", "Gate -> End",
                                                    "Gate ?-> Again", "Again -> A", "A ~> Gate $.data"}));
  EXPECT_EQ(graph.nodes[0].resource, "sagemaker:createTrainingJob.sync");
  ASSERT_EQ(graph.nodes[3].inner.size(), 1u);
  EXPECT_EQ(graph.nodes[3].inner[0].nodes[0].name, "In");
}

TEST(Graph, VariablesAreDataToo) {
  const Graph graph = read_graph(parse(R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
    "A": {"Type": "Pass", "Assign": {"total": 1}, "Next": "B"}, "B": {"Type": "Pass", "Output": "{% $total + 1 %}", "End": true}}})"));
  EXPECT_EQ(edges(graph), (std::vector<std::string>{"A -> B", "A ~> B $total"}));
}

TEST(Graph, BoxesOfALayerDoNotOverlapAndLayersFollowTheTransitions) {
  std::string states = R"("S0": {"Type": "Choice", "Choices": [)";
  for (int i = 1; i < 12; ++i)
    states += fmt::format(R"({}{{"Variable": "$.n", "NumericEquals": {}, "Next": "S{}"}})", i > 1 ? "," : "", i, i);
  states += R"(], "Default": "End"})";
  for (int i = 1; i < 12; ++i)
    states += fmt::format(R"(, "S{}": {{"Type": "Pass", "Next": "{}"}})", i,
                          i % 3 == 0 ? "End" : fmt::format("S{}", (i + 4) % 12));
  const Graph graph =
      read_graph(parse(fmt::format(R"({{"StartAt": "S0", "States": {{{}, "End": {{"Type": "Succeed"}}}}}})", states)));
  const Layout layout = place(graph);
  ASSERT_EQ(layout.nodes.size(), 13u);
  for (size_t a = 0; a < layout.nodes.size(); ++a) {
    for (size_t b = a + 1; b < layout.nodes.size(); ++b) {
      const PlacedNode& left = layout.nodes[a];
      const PlacedNode& right = layout.nodes[b];
      const bool apart = std::abs(left.centre.x - right.centre.x) >= (left.size.width + right.size.width) / 2 ||
                         std::abs(left.centre.y - right.centre.y) >= (left.size.height + right.size.height) / 2;
      EXPECT_TRUE(apart) << graph.nodes[a].name << " and " << graph.nodes[b].name;
    }
    EXPECT_GE(layout.nodes[a].centre.x - layout.nodes[a].size.width / 2, 0);
    EXPECT_LE(layout.nodes[a].centre.x + layout.nodes[a].size.width / 2, layout.size.width);
  }
  for (size_t e = 0; e < graph.edges.size(); ++e) {
    if (layout.edges[e].empty()) continue;
    EXPECT_LT(layout.nodes[graph.edges[e].from].centre.y, layout.nodes[graph.edges[e].to].centre.y);
  }
}

TEST(Graph, NamesAreEscapedInThePicture) {
  const std::string svg = graph_svg(parse(R"({"StartAt": "<b>&\"", "States": {"<b>&\"": {"Type": "Succeed"}}})"));
  EXPECT_NE(svg.find("&lt;b&gt;&amp;&quot;"), std::string::npos);
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
}

TEST(Graph, ALongMachineIsPlacedWithoutDeepRecursion) {
  std::string states;
  for (int i = 0; i < 3000; ++i) states += fmt::format(R"("S{}": {{"Type": "Pass", "Next": "S{}"}},)", i, i + 1);
  const Layout layout = place(
      read_graph(parse(fmt::format(R"({{"StartAt": "S0", "States": {{{}"S3000": {{"Type": "Succeed"}}}}}})", states))));
  EXPECT_EQ(layout.nodes.size(), 3001u);
}

}  // namespace
}  // namespace penstock::define
