#include "core/event/transformer.h"

#include <gtest/gtest.h>

namespace penstock::event {
namespace {

const char* event_text = R"({"id":"e-1","time":"2026-11-24T10:00:00Z","resources":["arn:a","arn:b"],
  "detail":{"state":"done","count":7,"say":"a \"b\"","list":[{"n":1},{"n":2}],"a.b":true}})";
const Transformer::Source source{"arn:rule", "nightly", "2026-11-24T10:00:01Z"};

struct Case {
  Transformer::Paths paths;
  const char* text;
  const char* expected;
};

TEST(Transformer, Fills) {
  const Case cases[] = {
      {{{"id", "$.id"}}, R"({"JobName": "mlmax-proc-<id>", "n": 1})", R"({"JobName": "mlmax-proc-e-1", "n": 1})"},
      {{{"s", "$.detail.state"}, {"c", "$.detail.count"}},
       R"({"state":<s>,"count":<c>})",
       R"({"state":"done","count":7})"},
      {{{"d", "$.detail.list"}}, R"({"d":<d>})", R"({"d":[{"n":1},{"n":2}]})"},
      {{{"d", "$.detail.list[1].n"}}, R"("item <d> of many")", R"("item 2 of many")"},
      {{{"d", "$.detail.list[*].n"}}, "<d>", "[1,2]"},
      {{{"d", "$.detail['a.b']"}}, "<d>", "true"},
      {{{"s", "$.detail.say"}}, R"({"in":"<s>","out":<s>})", R"({"in":"a \"b\"","out":"a \"b\""})"},
      {{{"none", "$.detail.none"}}, R"({"in":"<none>","out":<none>})", R"({"in":"","out":""})"},
      {{{"r", "$.resources[0]"}}, "\"first <r>\"\n\"second\"", "\"first arn:a\"\n\"second\""},
      {{},
       R"({"rule":<aws.events.rule-name>,"at":"<aws.events.event.ingestion-time>"})",
       R"({"rule":"nightly","at":"2026-11-24T10:00:01Z"})"},
      {{}, R"({"a":"1 < 2 > 0","b":"\"x\" <aws.events.rule-arn>"})", R"({"a":"1 < 2 > 0","b":"\"x\" arn:rule"})"},
  };
  Json event = *parse_json(event_text);
  for (const Case& c : cases) {
    Outcome<Transformer> transformer = Transformer::parse(c.paths, c.text);
    ASSERT_TRUE(transformer.ok()) << c.text << ": " << transformer.error().message;
    EXPECT_EQ(transformer->apply(event, source), c.expected);
  }
  Outcome<Transformer> whole = Transformer::parse({}, "<aws.events.event.json>");
  EXPECT_EQ(whole->apply(event, source), to_string(event));
  EXPECT_EQ(parse_json(Transformer::parse({}, "<aws.events.event>")->apply(event, source))->find("detail"), nullptr);
}

TEST(Transformer, Refused) {
  EXPECT_FALSE(Transformer::parse({}, "<id>").ok());
  EXPECT_FALSE(Transformer::parse({{"id", "id"}}, "<id>").ok());
  EXPECT_FALSE(Transformer::parse({{"id", "$.id["}}, "<id>").ok());
  EXPECT_FALSE(Transformer::parse({{"aws.x", "$.id"}}, "{}").ok());
  EXPECT_FALSE(Transformer::parse({{"id", "$.id"}}, "{\"a\": <id>").ok());
}

}  // namespace
}  // namespace penstock::event
