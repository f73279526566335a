#include "core/pipeline/reference_path.h"

#include <gtest/gtest.h>

#include "core/pipeline/test_scope.h"

namespace penstock::pipeline {
namespace {

struct Case {
  const char* path;
  const char* document;
  const char* expected;
};

class Writes : public ::testing::TestWithParam<Case> {};
TEST_P(Writes, Match) {
  const auto path = ReferencePath::compile(GetParam().path);
  ASSERT_TRUE(path.ok()) << path.error().message;
  const Json document = json(GetParam().document);
  const auto written = path->write(document, json("\"new\""));
  EXPECT_EQ(written ? to_string(*written) : written.error().code + ": " + written.error().message, GetParam().expected);
  EXPECT_EQ(document, json(GetParam().document));  // the original stays as it was
}

INSTANTIATE_TEST_SUITE_P(
    ReferencePath, Writes,
    ::testing::Values(Case{"$", R"({"a":1})", R"("new")"}, Case{"$.b", R"({"a":1})", R"({"a":1,"b":"new"})"},
                      Case{"$.a", R"({"a":1,"b":2})", R"({"a":"new","b":2})"},
                      Case{"$.x.y.z", "{}", R"({"x":{"y":{"z":"new"}}})"},
                      Case{"$.x.y", R"({"x":{"w":1}})", R"({"x":{"w":1,"y":"new"}})"},
                      Case{"$['my key'].a", "{}", R"({"my key":{"a":"new"}})"},
                      Case{"$.a[1]", R"({"a":[1,2]})", R"({"a":[1,"new"]})"},
                      Case{"$.a[0].b", R"({"a":[{}]})", R"({"a":[{"b":"new"}]})"},
                      Case{"$.a[2]", R"({"a":[1,2]})",
                           R"(States.ReferencePathConflict: Unable to apply step "2" to input {"a":[1,2]})"},
                      Case{"$.a.b", R"({"a":1})",
                           R"(States.ReferencePathConflict: Unable to apply step "b" to input {"a":1})"},
                      Case{"$.x[0]", "{}", R"(States.ReferencePathConflict: Unable to apply step "0" to input {})"},
                      Case{"$.a", "[1]", R"(States.ReferencePathConflict: Unable to apply step "a" to input [1])"},
                      Case{"$.a", "\"t\"", R"(States.ReferencePathConflict: Unable to apply step "a" to input "t")"}));

TEST(ReferencePath, RefusesPathsToManyPlaces) {
  for (const char* text :
       {"$.a[*]", "$..a", "$.a[1:2]", "$.a['b','c']", "$.a[?(@.x)]", "$.a.length()", "$$.a", "$x", "a", "$.a[-1]"}) {
    EXPECT_FALSE(ReferencePath::compile(text).ok()) << text;
  }
}

}  // namespace
}  // namespace penstock::pipeline
