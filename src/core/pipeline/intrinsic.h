// Intrinsic: a call of an intrinsic function, such as States.Format('Hello {}', $.name), parsed once. The functions are
// listed in intrinsic_functions.h. Source: Amazon States Language, "Intrinsic functions", and recorded answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/pipeline/path.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {

class Intrinsic {
 public:
  // True for a text that is meant as a call ("States.…").
  static bool looks_like(std::string_view text);
  // The error (code "InvalidIntrinsic") says what is wrong: unknown function (with the nearest name), number of
  // arguments, quoting, nesting deeper than 10.
  static Outcome<Intrinsic> compile(std::string_view text);

  const std::string& text() const;
  // Every path in the call, nested ones included (for checks at creation: variables used, ...).
  std::vector<const Path*> paths() const;

  // The result. The error (code States.Runtime, as AWS answers) names the whole expression: "The function '...' had the
  // following error: " and then "The JsonPath argument for the field '$.x' could not be found in the input '...'" or
  // "Invalid arguments in States.X".
  Outcome<Json> evaluate(const Scope& scope) const;

  struct Call;  // private to intrinsic.cc

 private:
  Intrinsic(std::string text, std::shared_ptr<const Call> call) : text_(std::move(text)), call_(std::move(call)) {}
  std::string text_;
  std::shared_ptr<const Call> call_;
};

}  // namespace penstock::pipeline
