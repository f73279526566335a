#include "core/stack/evaluator.h"

#include <gtest/gtest.h>

#include "core/stack/functions.h"
#include "core/stack/graph.h"

namespace penstock::stack {
namespace {

constexpr const char* text = R"(
Parameters: {Env: {Type: String, Default: dev}, Zones: {Type: CommaDelimitedList, Default: "a, b,c"}}
Mappings: {Sizes: {dev: {Count: 1, Names: [x, y]}, prod: {Count: 9}}}
Conditions:
  IsDev: !Equals [!Ref Env, dev]
  Both: !And [!Condition IsDev, !Not [!Equals [a, b]]]
  Never: !Or [!Equals [a, b], !Not [!Condition Both]]
Resources:
  A: {Type: T}
  B: {Type: T, DependsOn: A, Properties: {X: !Sub "${C.Arn}"}}
  C: {Type: T, Condition: Both}
)";

class EvaluatorTest : public testing::Test {
 protected:
  EvaluatorTest() : template_(*parse_template(text)), parameters_(*resolve_parameters(template_, {}, {})) {}

  std::string value(const std::string& yaml) {
    Outcome<TemplateText> read = read_template_text("V: " + yaml);
    if (!read) return "unreadable: " + read.error().message;
    Surroundings surroundings{[](const std::string& id, const std::string& attribute) -> Outcome<Json> {
                                return Json(attribute.empty() ? "id-" + id : id + "/" + attribute);
                              },
                              [](const std::string& name) -> Outcome<Json> { return Json("imported " + name); }};
    Evaluator evaluator(template_, parameters_, {"123456789012", "us-east-1", "arn:stack", "s"}, surroundings);
    Outcome<std::optional<Json>> made = evaluator.value(read->value["V"]);
    if (!made) return made.error().message;
    return *made ? to_string(**made) : "none";
  }

  Template template_;
  ParameterValues parameters_;
};

TEST_F(EvaluatorTest, References) {
  EXPECT_EQ(value("!Ref Env"), R"("dev")");
  EXPECT_EQ(value("!Ref Zones"), R"(["a","b","c"])");
  EXPECT_EQ(value("!Ref AWS::AccountId"), R"("123456789012")");
  EXPECT_EQ(value("!Ref A"), R"("id-A")");
  EXPECT_EQ(value("!GetAtt A.Outputs.X"), R"("A/Outputs.X")");
  EXPECT_EQ(value("{a: !Ref AWS::NoValue, b: [1, !Ref AWS::NoValue]}"), R"({"b":[1]})");
  EXPECT_EQ(value("!ImportValue n"), R"("imported n")");
}

TEST_F(EvaluatorTest, Texts) {
  EXPECT_EQ(value("!Sub '${Env}-${A}-${A.Arn}-${!Env}-$x'"), R"("dev-id-A-A/Arn-${Env}-$x")");
  EXPECT_EQ(value("!Sub ['${N}/${Env}', {N: !Ref AWS::Region}]"), R"("us-east-1/dev")");
  EXPECT_EQ(value("!Join [',', [a, 1, !Ref Env]]"), R"("a,1,dev")");
  EXPECT_EQ(value("!Select [1, !Split ['|', 'a|b|c']]"), R"("b")");
  EXPECT_EQ(value("!Select [5, [a]]"), "Template error: Fn::Select cannot select nonexistent value at index 5");
  EXPECT_EQ(value("!Base64 {Ref: Env}"), R"("ZGV2")");
  EXPECT_EQ(value("{'Fn::ToJsonString': {a: !Ref Env}}"), R"("{\"a\":\"dev\"}")");
  EXPECT_EQ(value("{'Fn::Length': !Ref Zones}"), "3");
}

TEST_F(EvaluatorTest, ListsAndMaps) {
  EXPECT_EQ(value("!FindInMap [Sizes, !Ref Env, Count]"), "1");
  EXPECT_EQ(value("!FindInMap [Sizes, stage, Count]"), "Template error: Unable to get mapping for Sizes::stage::Count");
  EXPECT_EQ(value("!FindInMap [Sizes, stage, Count, {DefaultValue: 4}]"), "4");
  EXPECT_EQ(value("!Select [0, !GetAZs '']"), R"("us-east-1a")");
  EXPECT_EQ(value("!Select [2, !Cidr [10.0.0.0/16, 3, 8]]"), R"("10.0.2.0/24")");
  EXPECT_EQ(value("!If [Both, !Ref Env, no]"), R"("dev")");
  EXPECT_EQ(value("!If [Never, yes, !Ref AWS::NoValue]"), "none");
}

TEST_F(EvaluatorTest, CidrBounds) {
  EXPECT_FALSE(cidr_blocks("10.0.0.0/24", 3, 7).ok());
  EXPECT_EQ(cidr_blocks("10.0.0.0/24", 2, 7)->back(), "10.0.0.128/25");
  EXPECT_FALSE(cidr_blocks("10.0.0/24", 1, 4).ok());
}

TEST_F(EvaluatorTest, Graph) {
  Outcome<Needs> needs = dependencies(template_, {"A", "B", "C"});
  ASSERT_TRUE(needs.ok());
  EXPECT_EQ(needs->at("B"), (std::set<std::string>{"A", "C"}));
  EXPECT_EQ(in_order(*needs).back(), "B");
}

TEST(Parameters, Checks) {
  Template from = *parse_template(
      "Parameters: {N: {Type: Number, MinValue: 2}, S: {Type: String, AllowedPattern: '[a-z]+', MaxLength: 3, Default: "
      "a},"
      " L: {Type: 'List<Number>', Default: '1,2'}}\nResources: {A: {Type: T}}");
  EXPECT_EQ(resolve_parameters(from, {}, {}).error().message, "Parameters: [N] must have values");
  EXPECT_EQ(resolve_parameters(from, {{"N", "1"}}, {}).error().message,
            "Parameter 'N' must be a number not less than 2");
  EXPECT_EQ(resolve_parameters(from, {{"N", "3"}, {"S", "A"}}, {}).error().message,
            "Parameter 'S' must match pattern [a-z]+");
  EXPECT_EQ(resolve_parameters(from, {{"X", "3"}}, {}).error().message, "Parameters: [X] do not exist in the template");
  EXPECT_FALSE(resolve_parameters(from, {{"N", "3"}, {"L", "1,x"}}, {}).ok());
  EXPECT_EQ(resolve_parameters(from, {{"N", "", true}}, {{"N", "5"}})->at("N"), "5");
}

TEST(Rules, Assertions) {
  Template from = *parse_template(
      "Parameters: {E: {Type: String}}\nRules: {R: {RuleCondition: !Equals [!Ref E, prod], Assertions: [{Assert: "
      "{'Fn::Contains': [[a, b], !Ref E]}, AssertDescription: not prod}]}}\nResources: {A: {Type: T}}");
  auto check = [&](const char* value) {
    ParameterValues values{{"E", value}};
    return Evaluator(from, values, {}, {}).check_rules();
  };
  EXPECT_TRUE(check("dev").ok());
  EXPECT_EQ(check("prod").error().message, "Template validation error: rule R is not met: not prod");
}

TEST(TemplateChecks, NamedInTheError) {
  auto wrong = [](const char* body) { return parse_template(body).error().message; };
  EXPECT_EQ(wrong("Resources: {}"), "Template format error: At least one Resources member must be defined.");
  EXPECT_EQ(wrong("Foo: 1\nResources: {A: {Type: T}}"),
            "Template format error: Invalid template property or properties [Foo] (line 1, column 6)");
  EXPECT_EQ(wrong("Resources:\n  A: {Type: T, Condition: Big}"),
            "Template format error: Unresolved condition dependency Big in the Resources block of the template (line "
            "2, column 27)");
  EXPECT_EQ(wrong("Resources:\n  A: {Type: T, Properties: {X: !GetAtt B.Arn}}"),
            "Template error: instance of Fn::GetAtt references undefined resource B (line 2, column 32)");
  EXPECT_EQ(wrong("Resources:\n  'Fn::ForEach::L': [X, [a], {}]"),
            "Template format error: Fn::ForEach needs the template's line Transform: AWS::LanguageExtensions");
  EXPECT_EQ(
      wrong("Resources:\n  A: {Properties: {}}"),
      "Template format error: [/Resources/A] Every Resources object must contain a Type member. (line 2, column 6)");
}

}  // namespace
}  // namespace penstock::stack
