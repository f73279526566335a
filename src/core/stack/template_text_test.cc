#include "core/stack/template_text.h"

#include <gtest/gtest.h>

namespace penstock::stack {
namespace {

TEST(TemplateText, ShortTagsInTheirLongForm) {
  Outcome<TemplateText> read = read_template_text(
      "A: !Sub '${X}-y'\nB: !GetAtt Nested.Outputs.Arn\nC: !If [Big, !Ref X, !Join ['', [a, b]]]\nD: !Equals\n- a\n- "
      "b\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(to_string(read->value),
            R"({"A":{"Fn::Sub":"${X}-y"},"B":{"Fn::GetAtt":["Nested","Outputs.Arn"]},)"
            R"("C":{"Fn::If":["Big",{"Ref":"X"},{"Fn::Join":["",["a","b"]]}]},"D":{"Fn::Equals":["a","b"]}})");
}

TEST(TemplateText, ScalarsAsWritten) {
  Outcome<TemplateText> read =
      read_template_text("A: 2012-10-17\nB: 1200\nC: '12'\nD: yes\nE: 012345678901\nF: 1.50\nG:\nH: |\n  true\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(to_string(read->value),
            R"({"A":"2012-10-17","B":1200,"C":"12","D":true,"E":"012345678901","F":1.50,"G":null,"H":"true\n"})");
}

TEST(TemplateText, PlacesAndDuplicates) {
  Outcome<TemplateText> read = read_template_text("A:\n  B: x\n  C: y\n");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->where("/A/C"), " (line 3, column 6)");
  EXPECT_EQ(read->where("/A/C/none"), " (line 3, column 6)");
  Outcome<TemplateText> twice = read_template_text("A:\n  B: x\n  B: y\n");
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().message, "Template format error: YAML not well-formed. (line 3, column 3): Duplicate key: B");
  EXPECT_FALSE(read_template_text(R"({"A": 1, "A": 2})").ok());
}

TEST(TemplateText, Refusals) {
  EXPECT_EQ(read_template_text("just text").error().message, "Template format error: unsupported structure.");
  EXPECT_EQ(read_template_text("A: [").error().code, "ValidationError");
  EXPECT_NE(read_template_text("A: !Foo x").error().message.find("Unrecognized tag !Foo"), std::string::npos);
  // An alias within what it refers to.
  EXPECT_NE(read_template_text("a: &a [*a]\n").error().message.find("nested too deeply"), std::string::npos);
  // An alias that unfolds without bounds.
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char name = 'b'; name < 'i'; ++name) {
    bomb += std::string(1, name) + ": &" + name + " [";
    for (int index = 0; index < 10; ++index) bomb += std::string("*") + static_cast<char>(name - 1) + ",";
    bomb += "]\n";
  }
  EXPECT_NE(read_template_text(bomb).error().message.find("too many values"), std::string::npos);
}

}  // namespace
}  // namespace penstock::stack
