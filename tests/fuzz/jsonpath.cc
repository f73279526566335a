#include "base/assert.h"
#include "core/pipeline/path.h"
#include "core/pipeline/reference_path.h"
#include "core/pipeline/template.h"
#include "core/pipeline/test_scope.h"
#include "targets.h"

namespace penstock::fuzz {

using namespace pipeline;

namespace {

constexpr std::string_view some_input =
    R"({"a":{"b":[1,2,{"c":"x"}],"d":null},"list":[{"k":"p","n":1},{"k":"q","n":2.50}],"text":"caf\u00e9","deep":[[[0]]]})";

void read_path(std::string_view text, const TestScope& data, const Scope& scope) {
  const auto path = Path::compile(text);
  if (!path) return;
  const auto value = path->evaluate(data.input);
  (void)path->evaluate(scope);
  if (!path->is_reference()) return;
  const Json* found = path->find(scope);
  PENSTOCK_ASSERT(!found || path->root() != Path::Root::input || (value.ok() && *value == *found));
}

void write_at(std::string_view text, const TestScope& data) {
  const auto place = ReferencePath::compile(text);
  if (!place) return;
  if (const auto written = place->write(data.input, Json("new")); written.ok()) {
    PENSTOCK_ASSERT(to_string(*written).find("new") != std::string::npos);
  }
}

}  // namespace

void jsonpath(std::string_view bytes) {
  const auto [text, rest, both] = halves(bytes);
  const auto input = parse_json(both ? rest : some_input);
  if (!input) return;
  TestScope data("{}", R"({"Execution":{"Input":{"x":[1,2]},"Name":"n"}})", R"({"v":{"w":[1]}})");
  data.input = *input;
  const Scope scope = data.scope();
  read_path(text, data, scope);
  write_at(text, data);
  if (const auto expression = Expression::compile(text); expression.ok()) (void)expression->evaluate(scope, "x.$");
  const auto source = parse_json(text);
  if (!source) return;
  std::vector<Problem> problems;
  const Template compiled = Template::compile(*source, problems);
  if (problems.empty()) (void)compiled.evaluate(scope);
}

}  // namespace penstock::fuzz
