#include "base/assert.h"
#include "core/learn/preprocessor.h"
#include "sample.h"
#include "targets.h"

namespace penstock::fuzz {

using namespace learn;

namespace {

const Rows all_rows = {0, 1, 2, 3, 4, 5};

void apply_to_sample(const Preprocessor& preprocessor) {
  Frame frame(sample_columns());
  if (!Preprocessor::add_expressions(preprocessor.recipe(), frame)) return;
  if (const auto features = preprocessor.apply(frame, all_rows)) {
    PENSTOCK_ASSERT(features->width() == preprocessor.feature_names().size());
    (void)features->matrix();
  }
  (void)preprocessor.labels(frame, all_rows);
}

}  // namespace

// A recipe in YAML: read, fitted, applied; its state is read back as the same.
void recipe(std::string_view bytes) {
  const auto source = yaml_to_json(bytes);
  if (!source) return;
  const auto parsed = parse_recipe(*source);
  if (!parsed) {
    PENSTOCK_ASSERT(!parsed.error().message.empty());
    return;
  }
  Frame frame(sample_columns());
  if (!Preprocessor::add_expressions(*parsed, frame)) return;
  const auto clean = Preprocessor::clean_rows(*parsed, frame);
  if (!clean) return;
  const auto split = Preprocessor::split_rows(*parsed, frame, clean->rows);
  if (!split) return;
  const auto fitted = Preprocessor::fit(*parsed, frame, split->train);
  if (!fitted) return;
  const Json state = fitted->preprocessor.state();
  const auto loaded = Preprocessor::load(*parse_json(to_string(state)));
  PENSTOCK_ASSERT(loaded.ok() && to_string(loaded->state()) == to_string(state));
  apply_to_sample(*loaded);
}

// What should be the state of a fitted recipe.
void recipe_state(std::string_view bytes) {
  const auto json = parse_json(bytes);
  if (!json) return;
  const auto loaded = Preprocessor::load(*json);
  if (loaded) apply_to_sample(*loaded);
}

// An expression of a recipe.
void expression(std::string_view bytes) {
  const auto parsed = Expression::parse(bytes);
  if (!parsed) {
    PENSTOCK_ASSERT(parsed.error().code == "BadExpression");
    return;
  }
  const auto values = parsed->evaluate(Frame(sample_columns()));
  PENSTOCK_ASSERT(!values || values->size() == sample_rows);
}

}  // namespace penstock::fuzz
