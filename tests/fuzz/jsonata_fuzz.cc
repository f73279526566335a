// Fuzzes the JSONata evaluator: an expression, then after a zero byte its input as JSON. Both dialects; small bounds.
#include <cstdint>
#include <string_view>

#include "core/pipeline/jsonata/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace penstock;
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  std::string_view data =
      R"({"a":{"b":[1,2,{"c":"x"}],"d":null},"list":[{"k":"p","n":1},{"k":"q","n":2.50}],"text":"caf\u00e9"})";
  if (const size_t end = text.find('\0'); end != std::string_view::npos) {
    data = text.substr(end + 1);
    text = text.substr(0, end);
  }
  const auto input = parse_json(data);
  SeededRandom random(1);
  jsonata::Environment environment{
      random, Time{1'510'067'557'121'000}, {.steps_max = 20'000, .depth_max = 300, .memory_bytes_max = 8 << 20}};
  for (const auto dialect : {jsonata::Dialect::standard, jsonata::Dialect::step_functions}) {
    const auto expression = jsonata::Expression::compile(text, dialect);
    if (!expression) continue;
    const Json states = input ? *input : Json();
    const jsonata::Binding bindings[] = {{"states", &states}};
    (void)expression->evaluate(bindings, input && dialect == jsonata::Dialect::standard ? &*input : nullptr,
                               environment);
  }
  return 0;
}
