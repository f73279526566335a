#include "core/pipeline/advice.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock::pipeline {
namespace {

std::string told(std::string_view state) {
  Outcome<Json> definition = parse_json(R"({"StartAt":"A","States":{"A":)" + std::string(state) + "}}");
  std::string text;
  for (const Diagnostic& found : advice(*definition)) {
    EXPECT_EQ(found.severity, Diagnostic::Severity::warning);
    text += found.code + " " + found.location + "; ";
  }
  return text;
}

TEST(Advice, NamesMembersWithoutDollar) {
  EXPECT_EQ(told(R"J({"Type":"Pass","Parameters":{"a":"$.x","b":[{"c":"States.UUID()"}],"d.$":"$.x","e":"$5"}})J"),
            "NO_DOLLAR /States/A/Parameters/a; NO_DOLLAR /States/A/Parameters/b[0]/c; ");
  EXPECT_EQ(told(R"({"Type":"Map","ItemBatcher":{"BatchInput":{"a":"$$.State.Name"}},
                     "ItemProcessor":{"States":{"B":{"Type":"Task","ResultSelector":{"r":"$"}}}}})"),
            "NO_DOLLAR /States/A/ItemBatcher/BatchInput/a; "
            "NO_DOLLAR /States/A/ItemProcessor/States/B/ResultSelector/r; ");
}

TEST(Advice, NamesTextsThatArePaths) {
  EXPECT_EQ(told(R"({"Type":"Fail","Error":"$.e","Cause":"it failed"})"), "NO_PATH /States/A/Error; ");
  EXPECT_EQ(told(R"({"Type":"Choice","Choices":[
                      {"Not":{"Variable":"$.a","StringEquals":"$.b"},"Next":"A"},
                      {"And":[{"Variable":"$.a","TimestampLessThan":"$.t"}],"Next":"A"},
                      {"Variable":"$.a","StringMatches":"$.*","Next":"A"},
                      {"Variable":"$.a","StringEqualsPath":"$.b","Next":"A"}]})"),
            "NO_PATH /States/A/Choices[0]/Not/StringEquals; NO_PATH /States/A/Choices[1]/And[0]/TimestampLessThan; ");
}

TEST(Advice, NamesStaticResults) {
  EXPECT_EQ(told(R"({"Type":"Pass","Result":{"a":["$.x"]}})"), "PASS_RESULT_IS_STATIC /States/A/Result; ");
  EXPECT_EQ(told(R"({"Type":"Pass","Result":"$5 and $.x"})"), "");
}

TEST(Advice, LeavesJsonataAndWhatIsNoDefinitionAlone) {
  EXPECT_EQ(told(R"({"Type":"Pass","QueryLanguage":"JSONata","Output":{"a":"$.x"},"Assign":{"a":"$.x"}})"), "");
  EXPECT_EQ(told(R"({"Type":"Choice","Choices":[1],"Parameters":[2],"Branches":3})"), "");
  EXPECT_TRUE(advice(Json("text")).empty());
}

}  // namespace
}  // namespace penstock::pipeline
