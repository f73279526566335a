// TestScope: a Scope over values a test writes down. For tests only.
#pragma once

#include <string_view>

#include "base/assert.h"
#include "base/json.h"
#include "base/random.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {

inline Json json(std::string_view text) {
  auto value = parse_json(text);
  PENSTOCK_ASSERT(value.ok());
  return std::move(*value);
}

struct TestScope : ContextObject {
  explicit TestScope(std::string_view input_text, std::string_view context_text = "{}",
                     std::string_view variables_text = "{}")
      : input(pipeline::json(input_text)),
        context(pipeline::json(context_text)),
        variables(pipeline::json(variables_text)) {}
  const Json& json() const override { return context; }
  Scope scope() { return {input, *this, variables, random}; }

  Json input, context, variables;
  SeededRandom random{7};
};

}  // namespace penstock::pipeline
