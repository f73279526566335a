// What the reference suite does not say: the dialect of Step Functions, positions, bounds, numbers as they were
// written.
#include "core/pipeline/jsonata/expression.h"

#include <gtest/gtest.h>

namespace penstock::jsonata {
namespace {

struct Given {
  Dialect dialect = Dialect::step_functions;
  std::string_view variables = "{}";
  const char* input = nullptr;
  Limits limits = {};
};

// JSON text of the result, "undefined", or the error's code.
std::string run(std::string_view text, const Given& given = {}) {
  const auto expression = Expression::compile(text, given.dialect);
  if (!expression) return expression.error().code;
  const Json variables = parse_json(given.variables).value();
  std::vector<Binding> bindings;
  for (const JsonMember& member : variables.members()) bindings.push_back({member.key, &member.value});
  std::optional<Json> input;
  if (given.input) input = parse_json(given.input).value();
  SeededRandom random(7);
  const auto result =
      expression->evaluate(bindings, input ? &*input : nullptr, {random, Time{1'510'067'557'121'000}, given.limits});
  if (!result) return result.error().code;
  return *result ? to_string(**result) : "undefined";
}

std::string standard(std::string_view text, const char* input = nullptr) {
  return run(text, {.dialect = Dialect::standard, .input = input});
}

std::string field(const Error& error, std::string_view name) {
  for (const auto& [key, value] : error.fields) {
    if (key == name) return value;
  }
  return "";
}

TEST(JsonataStepFunctions, AddsFunctions) {
  EXPECT_EQ(run("$partition([1,2,3,4,5], 2)"), "[[1,2],[3,4],[5]]");
  EXPECT_EQ(run("$partition([], 2)"), "[]");
  EXPECT_EQ(run("$partition([1], 0)"), "D3201");
  EXPECT_EQ(run("$range(0, 10, 5)"), "[0,5,10]");
  EXPECT_EQ(run("$range(3, 1, -1)"), "[3,2,1]");
  EXPECT_EQ(run("$range(1, 3, 0)"), "D3202");
  EXPECT_EQ(run("$range(1, 1e9, 1)"), "D2014");
  EXPECT_EQ(run("$hash('input data', 'SHA-1')"), "\"aaff4a450a104cd177d28d18d74485e8cae074b7\"");
  EXPECT_EQ(run("$hash('', 'MD5')"), "\"d41d8cd98f00b204e9800998ecf8427e\"");
  EXPECT_EQ(run("$length($hash('a', 'SHA-256')) & $length($hash('a', 'SHA-384')) & $length($hash('a', 'SHA-512'))"),
            "\"6496128\"");
  EXPECT_EQ(run("$hash('a', 'CRC')"), "D3203");
  EXPECT_EQ(run("$random(1) = $random(1)"), "true");
  EXPECT_EQ(run("$random(1) = $random(2)"), "false");
  EXPECT_EQ(run("$random(42)"), "0.7275636800328681");  // java.util.Random(42).nextDouble()
  EXPECT_EQ(run("$random() < 1 and $random() >= 0"), "true");
  EXPECT_EQ(run("$length($uuid())"), "36");
  EXPECT_EQ(run("$uuid() = $uuid()"), "false");
  EXPECT_EQ(run(R"($parse('{"a":[1.0,2]}').a[0])"), "1.0");
  EXPECT_EQ(run("$parse('{')"), "D3204");
}

TEST(JsonataStepFunctions, RefusesWhatAwsRefuses) {
  EXPECT_EQ(run("$eval('1')"), "T1006");
  EXPECT_EQ(run("$"), "S0601");
  EXPECT_EQ(run("$$"), "S0601");
  EXPECT_EQ(run("$$.a"), "S0601");
  EXPECT_EQ(run("a.b"), "S0601");
  EXPECT_EQ(run("{'x': a}"), "S0601");
  EXPECT_EQ(run("$sum(items)"), "S0601");
  EXPECT_EQ(run("*"), "S0601");
  const Given with{.variables = R"({"states":{"input":[{"a":1,"b":2},{"a":3,"b":4}]}})"};
  EXPECT_EQ(run("$states.input.a", with), "[1,3]");
  EXPECT_EQ(run("$states.input[a > 1].b", with), "4");
  EXPECT_EQ(run("$states.input.{'x': $.a}", with), R"([{"x":1},{"x":3}])");
  EXPECT_EQ(run("$map($states.input, function($v) { $v.a + $v.b })", with), "[3,7]");
  EXPECT_EQ(run("$states.input^(>a).b", with), "[4,2]");
  EXPECT_EQ(run("$states.nothing", with), "undefined");
  EXPECT_EQ(run("$fn := function($x){$x}", with), "UnsupportedResult");
  EXPECT_EQ(run("{'f': $sum}", with), "UnsupportedResult");
}

TEST(JsonataStepFunctions, SaysTheCause) {
  EXPECT_EQ(
      query_error_cause("$doesNotExist", "Output/result", nullptr),
      "The JSONata expression '$doesNotExist' specified for the field 'Output/result' returned nothing (undefined).");
  const Error unsupported{"UnsupportedResult", ""};
  EXPECT_EQ(query_error_cause("$fn := function($x){$x}", "Items", &unsupported),
            "The JSONata expression '$fn := function($x){$x}' specified for the field 'Items' returned an unsupported "
            "result type.");
}

TEST(Jsonata, NamesFreeVariables) {
  const auto expression = Expression::compile(
      "($x := $states.input; $map($x, function($v){ $v * $factor }); $sum([$y]))", Dialect::step_functions);
  ASSERT_TRUE(expression.ok());
  EXPECT_EQ(expression->referenced_variables(), (std::vector<std::string>{"states", "factor", "y"}));
}

TEST(Jsonata, KeepsNumbersAsWritten) {
  const char* input = R"({"price":1.0,"big":123456789012345678901234,"list":[1e2]})";
  EXPECT_EQ(standard("price", input), "1.0");
  EXPECT_EQ(standard("big", input), "123456789012345678901234");
  EXPECT_EQ(standard("{'a': list, 'b': price + 1}", input), R"({"a":[1e2],"b":2})");
  EXPECT_EQ(standard("$string(price)", input), "\"1\"");
  EXPECT_EQ(standard("0.1 + 0.2"), "0.30000000000000004");
  EXPECT_EQ(standard("$string(0.1 + 0.2)"), "\"0.3\"");
  EXPECT_EQ(standard("$string(123456789012345680000)"), "\"123456789012345680000\"");
  EXPECT_EQ(standard("$string(1.5e-7)"), "\"1.5e-7\"");
}

TEST(Jsonata, SaysWhereAnErrorIs) {
  const auto syntax = Expression::compile("1 + ");
  ASSERT_FALSE(syntax.ok());
  EXPECT_EQ(syntax.error().code, "S0207");
  EXPECT_EQ(field(syntax.error(), "position"), "4");
  const auto late = Expression::compile("\U0001F4A9.a + 'é' + ]");  // a surrogate pair counts as two
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, "S0211");
  EXPECT_EQ(field(late.error(), "position"), "14");
  SeededRandom random(1);
  const auto result = Expression::compile("1 + 'a'")->evaluate({}, nullptr, {random});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "T2002");
  EXPECT_EQ(result.error().message, "The right side of the \"+\" operator must evaluate to a number");
  EXPECT_EQ(field(result.error(), "position"), "3");
  EXPECT_EQ(field(result.error(), "token"), "+");
}

TEST(Jsonata, IsBounded) {
  const Given small{.dialect = Dialect::standard,
                    .limits = {.steps_max = 100'000, .depth_max = 200, .memory_bytes_max = 1 << 20}};
  for (const char* text : {
           "($f := function(){$f()}; $f())",
           "($f := function($n){1 + $f($n)}; $f(1))",
           "[1..10000000].($ * 2)",
           "$reduce([1..100000], function($a, $b){$a & 'x'}, '')",
           "$pad('a', 1000000000)",
           "($a := [1..1000]; $a.($a.($a)))",
           "$map([1..1000], function($x){$map([1..1000], function($y){$x * $y})})",
           "$replace($join([1..30].('a'), '') & '!', /^(a+)+$/, 'b')",
           "($f := function($s, $n){$n = 0 ? $s : $f($s & $s, $n - 1)}; $length($f('abc', 60)))",
       }) {
    EXPECT_EQ(run(text, small), "U1001") << text;
  }
  // The usual bounds keep the deepest of recursions on the stack.
  for (const char* text : {"($f := function($n){$map([1], function($x){$f($n + 1) + $x})}; $f(1))",
                           "($f := function($s){$replace($s, /a/, function($m){$f($s) & 'x'})}; $f('aa'))",
                           "($f := function($s){[[1]][$sort([2, 1], function($a, $b){$f($s)})]}; $f('aa'))",
                           "($f := function($s){{'k': 'v'}{k: [$s.$f($)]^($f($))}}; $f([1]))"}) {
    EXPECT_EQ(standard(text), "U1001") << text;
  }
  EXPECT_EQ(Expression::compile(std::string(100'000, '(')).error().code, "S0501");
  EXPECT_EQ(Expression::compile(std::string(100'000, '[')).error().code, "S0501");
  std::string deep = "1";
  for (int at = 0; at < 20'000; ++at) deep += "+1";
  EXPECT_EQ(Expression::compile(deep).error().code, "S0501");
}

TEST(Jsonata, GivesValidUtf8) {
  EXPECT_EQ(standard(R"("a\ud800b")"), "\"a\uFFFDb\"");
  EXPECT_EQ(standard(R"("\ud83d\udca9")"), "\"\U0001F4A9\"");
  EXPECT_EQ(standard(R"({"\udc00": 1})"), "{\"\uFFFD\":1}");
  EXPECT_EQ(standard("$replace('é', function($s){ {'match': 'x', 'start': 0, 'end': 1, 'groups': [], 'next': "
                     "function(){nothing}} }, '')"),
            "\"\uFFFD\"");
  EXPECT_EQ(standard("$encodeUrlComponent('\\ud800')"), "D3140");
}

// Found by comparing 100,000 mutants of the suite with the reference.
TEST(Jsonata, FollowsTheReferenceInItsCorners) {
  EXPECT_EQ(standard("$replace('a-y', /\\y/, 'z')"), "\"a-z\"");
  EXPECT_EQ(standard("nothing ~> /undef/").substr(0, 20), "UnsupportedResult");
  EXPECT_EQ(standard("$substring('Hello', nothing, 2)"), "\"\"");
  EXPECT_EQ(standard("[{'a': 1}][0].a"), "undefined");
  EXPECT_EQ(standard("([{'a': 1}])[0].a"), "1");
  const auto syntax = Expression::compile("[1 2]");
  ASSERT_FALSE(syntax.ok());
  EXPECT_EQ(syntax.error().message, "Expected \"]\", got 2");
}

TEST(Jsonata, EvaluatesWithAStableClock) {
  EXPECT_EQ(standard("$now()"), "\"2017-11-07T15:12:37.121Z\"");
  EXPECT_EQ(standard("$millis()"), "1510067557121");
  EXPECT_EQ(standard("$now('[H01]:[m01] [z]', '-0500')"), "\"10:12 GMT-05:00\"");
  EXPECT_EQ(standard("$toMillis('12:30', '[H01]:[m01]') - $millis()"), "-9757121");  // the day is today's
}

TEST(Jsonata, SharesNothingBetweenEvaluations) {
  const char* input = R"({"a":[{"x":1},{"x":2}]})";
  const auto expression = Expression::compile("$ ~> |a|{'x': x + 1, 'y': true}, 'z'|").value();
  const Json data = parse_json(input).value();
  SeededRandom random(1);
  for (int at = 0; at < 2; ++at) {
    EXPECT_EQ(to_string(**expression.evaluate({}, &data, {random})), R"({"a":[{"x":2,"y":true},{"x":3,"y":true}]})");
  }
  EXPECT_EQ(to_string(data), input);
}

}  // namespace
}  // namespace penstock::jsonata
