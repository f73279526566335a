#include "core/event/pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock::event {
namespace {

constexpr const char* event_text =
    R"({"version":"0","source":"aws.s3","detail-type":"Object Created","resources":["arn:a","arn:b"],
  "detail":{"bucket":{"name":"photos"},"object":{"key":"in/Cat.PNG","size":300.0},"ip":"10.0.3.7","six":"2001:db8::5","flag":true,
  "nothing":null,"text":"","list":[{"a":1,"b":2},{"a":3,"b":4}],"empty":[]}})";

struct Case {
  const char* pattern;
  bool matches;
};

TEST(Pattern, Matches) {
  Json event = *parse_json(event_text);
  const std::vector<Case> cases = {
      {R"({"source":["aws.s3"]})", true},
      {R"({"source":["aws.ec2","aws.s3"],"detail-type":["Object Created"]})", true},
      {R"({"source":["aws.s3"],"detail-type":["Object Deleted"]})", false},
      {R"({"resources":["arn:b"]})", true},
      {R"({"detail":{"object":{"size":[300]}}})", true},
      {R"({"detail":{"flag":[true]}})", true},
      {R"({"detail":{"nothing":[null]}})", true},
      {R"({"detail":{"text":[""]}})", true},
      {R"({"detail":{"object":{"key":[{"prefix":"in/"}]}}})", true},
      {R"({"detail":{"object":{"key":[{"prefix":{"equals-ignore-case":"IN/"}}]}}})", true},
      {R"({"detail":{"object":{"key":[{"suffix":".png"}]}}})", false},
      {R"({"detail":{"object":{"key":[{"suffix":{"equals-ignore-case":".png"}}]}}})", true},
      {R"({"detail":{"bucket":{"name":[{"equals-ignore-case":"PHOTOS"}]}}})", true},
      {R"({"detail":{"object":{"key":[{"wildcard":"in/*.PNG"}]}}})", true},
      {R"({"detail":{"object":{"key":[{"wildcard":"*at*P*"}]}}})", true},
      {R"({"detail":{"object":{"key":[{"wildcard":"in/\\*"}]}}})", false},
      {R"({"detail":{"bucket":{"name":[{"anything-but":"photos"}]}}})", false},
      {R"({"detail":{"bucket":{"name":[{"anything-but":["a","b"]}]}}})", true},
      {R"({"detail":{"object":{"size":[{"anything-but":[1,300]}]}}})", false},
      {R"({"detail":{"bucket":{"name":[{"anything-but":{"prefix":"pho"}}]}}})", false},
      {R"({"detail":{"bucket":{"name":[{"anything-but":{"suffix":["x","y"]}}]}}})", true},
      {R"({"detail":{"bucket":{"name":[{"anything-but":{"wildcard":"*ot*"}}]}}})", false},
      {R"({"detail":{"absent":[{"anything-but":"x"}]}})", false},
      {R"({"detail":{"object":{"size":[{"numeric":[">",0,"<=",300]}]}}})", true},
      {R"({"detail":{"object":{"size":[{"numeric":["<",300]}]}}})", false},
      {R"({"detail":{"object":{"size":[{"numeric":["=",3e2]}]}}})", true},
      {R"({"detail":{"ip":[{"cidr":"10.0.0.0/22"}]}})", true},
      {R"({"detail":{"ip":[{"cidr":"10.0.0.0/24"}]}})", false},
      {R"({"detail":{"six":[{"cidr":"2001:db8::/32"}]}})", true},
      {R"({"detail":{"ip":[{"exists":true}]}})", true},
      {R"({"detail":{"absent":[{"exists":true}]}})", false},
      {R"({"detail":{"absent":[{"exists":false}]}})", true},
      {R"({"absent":{"deep":[{"exists":false}]}})", true},
      {R"({"detail":{"ip":[{"exists":false}]}})", false},
      {R"({"detail":{"empty":[{"exists":false}]}})", true},
      {R"({"detail":{"list":{"a":[1],"b":[2]}}})", true},
      {R"({"detail":{"list":{"a":[1],"b":[4]}}})", false},
      {R"({"$or":[{"source":["x"]},{"detail-type":["Object Created"]}]})", true},
      {R"({"detail":{"$or":[{"ip":["1.1.1.1"]},{"flag":[false]}]}})", false},
      {R"({"source":["aws.s3"],"$or":[{"detail":{"ip":[{"prefix":"10."}]}},{"source":["y"]}]})", true},
  };
  for (const Case& c : cases) {
    Outcome<Pattern> pattern = Pattern::parse(c.pattern);
    ASSERT_TRUE(pattern.ok()) << c.pattern << ": " << pattern.error().message;
    EXPECT_EQ(pattern->matches(event), c.matches) << c.pattern;
  }
}

TEST(Pattern, Refused) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"[]", "Filter is not an object"},
      {"{}", "Empty objects are not allowed"},
      {R"({"source":"aws.s3"})", "\"source\" must be an object or an array"},
      {R"({"source":[]})", "Empty arrays are not allowed"},
      {R"({"source":[{"starts":"a"}]})", "Unrecognized match type starts"},
      {R"({"source":[{"wildcard":"a**"}]})", "Consecutive wildcard characters at pos 1"},
      {R"({"a":[{"numeric":["<"]}]})", "Value of < must be numeric"},
      {R"({"a":[{"numeric":["~",1]}]})", "Unrecognized numeric range operator: \"~\""},
      {R"({"a":[{"cidr":"10.0.0.0"}]})", "Malformed CIDR, one '/' required: '10.0.0.0'"},
      {R"({"a":[["x"]]})", "Match value must be String, number, true, false, or null"},
      {R"({"$or":[{"a":[1]}]})", "There must have at least 2 Objects in $or relationship."},
      {R"({"$or":{"a":[1]}})", "It must be an Array followed with $or."},
      {R"({"$or":["a","b"]})", "Only JSON object is allowed in array of $or relationship."},
      {R"({"a":[{"anything-but":true}]})", "Value of anything-but must be an array or single string/number value."},
      {R"({"a":[{"anything-but":[null]}]})", "Inside anything but list, start|null|boolean is not supported."},
      {R"({"a":[{"anything-but":[1,"x"]}]})",
       "Inside anything but list, either all values are number or string, mixed type is not supported"},
      {R"({"a":[{"anything-but":{"prefix":""}}]})", "Null prefix/suffix not allowed"},
  };
  for (const auto& [text, reason] : cases) {
    Outcome<Pattern> pattern = Pattern::parse(text);
    ASSERT_FALSE(pattern.ok()) << text;
    EXPECT_EQ(pattern.error().code, "InvalidEventPatternException");
    EXPECT_EQ(pattern.error().message, "Event pattern is not valid. Reason: " + std::string(reason));
  }
}

TEST(Pattern, NamesItsSources) {
  EXPECT_EQ(Pattern::parse(R"({"source":["a","b"]})")->sources(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(Pattern::parse(R"({"source":[{"prefix":"a"}]})")->sources().empty());
}

}  // namespace
}  // namespace penstock::event
