#include "core/pipeline/jsonata/expression.h"
#include "targets.h"

namespace penstock::fuzz {

// Both dialects, with small bounds.
void jsonata(std::string_view bytes) {
  using namespace penstock::jsonata;
  const auto [text, rest, both] = halves(bytes);
  const std::string_view data =
      both ? rest
           : R"({"a":{"b":[1,2,{"c":"x"}],"d":null},"list":[{"k":"p","n":1},{"k":"q","n":2.50}],"text":"caf\u00e9"})";
  const auto input = parse_json(data);
  SeededRandom random(1);
  Environment environment{
      random, Time{1'510'067'557'121'000}, {.steps_max = 20'000, .depth_max = 300, .memory_bytes_max = 8 << 20}};
  const Json states = input ? *input : Json();
  const Binding bindings[] = {{"states", &states}};
  for (const auto dialect : {Dialect::standard, Dialect::step_functions}) {
    const auto expression = Expression::compile(text, dialect);
    if (!expression) continue;
    const Json* document = input && dialect == Dialect::standard ? &*input : nullptr;
    (void)expression->evaluate(bindings, document, environment);
  }
}

}  // namespace penstock::fuzz
