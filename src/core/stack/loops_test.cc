#include "core/stack/loops.h"

#include <gtest/gtest.h>

namespace penstock::stack {
namespace {

constexpr std::string_view head =
    "Transform: AWS::LanguageExtensions\nParameters: {L: {Type: CommaDelimitedList, Default: 'x,y'}, M: {Type: "
    "CommaDelimitedList}}\n";

std::string written(const std::string& body, const ParameterValues* values = nullptr) {
  Outcome<Template> made = parse_template(std::string(head) + body, values);
  if (!made) return made.error().message;
  return to_string(Json::object({{"R", made->section("Resources")}, {"O", made->section("Outputs")}}));
}

TEST(Loops, ResourcesPropertiesAndOutputs) {
  EXPECT_EQ(written(R"(
Resources:
  Fn::ForEach::Buckets:
    - Name
    - [a-1, b]
    - B&{Name}:
        Type: T
        Properties:
          Name: !Ref Name
          Text: !Sub "${Name}/${AWS::Region}"
          Fn::ForEach::More: [Key, [p, q], {"${Key}s": !Join ["-", [!Ref Name, !Ref Key]]}]
Outputs:
  Fn::ForEach::Out: [N, [a1], {"O${N}": {Value: !GetAtt ["B${N}", Arn]}}]
)"),
            R"({"R":{"Ba1":{"Type":"T","Properties":{"Name":"a-1","Text":{"Fn::Sub":"a-1/${AWS::Region}"},)"
            R"("ps":{"Fn::Join":["-",["a-1","p"]]},"qs":{"Fn::Join":["-",["a-1","q"]]}}},)"
            R"("Bb":{"Type":"T","Properties":{"Name":"b","Text":{"Fn::Sub":"b/${AWS::Region}"},)"
            R"("ps":{"Fn::Join":["-",["b","p"]]},"qs":{"Fn::Join":["-",["b","q"]]}}}},)"
            R"("O":{"Oa1":{"Value":{"Fn::GetAtt":["Ba1","Arn"]}}}})");
}

TEST(Loops, CollectionsOfParametersAndLoopsInLoops) {
  std::string body =
      "Resources: {Always: {Type: T}, 'Fn::ForEach::A': [X, !Ref L, {'Fn::ForEach::B': [Y, !Ref M, {'R${X}${Y}': "
      "{Type: T}}]}]}";
  EXPECT_EQ(written(body), R"({"R":{"Always":{"Type":"T"}},"O":null})");  // what M is nobody knows yet
  ParameterValues values{{"L", "x"}, {"M", "1,2"}};
  EXPECT_EQ(written(body, &values), R"({"R":{"Always":{"Type":"T"},"Rx1":{"Type":"T"},"Rx2":{"Type":"T"}},"O":null})");
}

TEST(Loops, WhatIsWrongIsSaidWithItsPlace) {
  EXPECT_EQ(
      written("Resources:\n  Fn::ForEach::A: [X, [a, b], {Same: {Type: T}}]"),
      "Template format error: Fn::ForEach::A: the key Same is made twice: name it after ${X} (line 4, column 19)");
  EXPECT_EQ(
      written("Resources:\n  Fn::ForEach::A: [L, [a], {'R${L}': {Type: T}}]"),
      "Template format error: Fn::ForEach::A: the identifier L is the name of something else (line 4, column 19)");
  EXPECT_EQ(
      written("Resources:\n  Fn::ForEach::A: [X, [a], {'R${X}': {Type: T, Properties: {V: !Ref None}}}]"),
      "Template format error: Unresolved resource dependencies [None] in the Resources block of the template (line "
      "4, column 64)");
  Outcome<Template> plain = parse_template("Resources: {'Fn::ForEach::A': [X, [a], {'R${X}': {Type: T}}]}");
  ASSERT_FALSE(plain.ok());
  EXPECT_NE(plain.error().message.find("needs the template's line Transform: AWS::LanguageExtensions"),
            std::string::npos);
}

TEST(Template, EveryProblemIsTold) {
  Outcome<Template> made = parse_template(
      "Resources:\n  A: {Type: T, Properties: {P: !Ref None, Q: !Length [1]}}\n  B-1: {Type: T}\n  C: {Type: T, "
      "DependsOn: Z, "
      "DeletionPolicy: Keep}\nOutputs:\n  O: {Value: !GetAtt Y.Arn}\n");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message,
            "Template format error: Fn::Length needs the template's line Transform: AWS::LanguageExtensions (line 2, "
            "column 3)\n"
            "Template format error: Resource name B-1 is non alphanumeric. (line 3, column 8)\n"
            "Template format error: Unrecognized DeletionPolicy \"Keep\" for resource C (line 4, column 46)\n"
            "Template format error: Unresolved resource dependencies [None] in the Resources block of the template "
            "(line 2, column 32)\n"
            "Template format error: Unresolved resource dependencies [Z] in the Resources block of the template (line "
            "4, column 27)\n"
            "Template error: instance of Fn::GetAtt references undefined resource Y (line 6, column 14)");
}

}  // namespace
}  // namespace penstock::stack
