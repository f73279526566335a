// Failure: how an error travels inside this folder. It is thrown, because an evaluator whose every step returned an
// Outcome would be slower and harder to read; expression.cc catches it, so that it never leaves the folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::jsonata {

struct Failure {
  std::string_view code;                  // of the reference: "T2001"
  std::optional<size_t> position = {};    // bytes into the expression's text, at the end of the token that failed
  std::optional<std::string> token = {};  // what the message names: an operator or a function
  std::string token_json = {};            // the token as the message shows it, when that is not its text in quotes
  std::string value = {};                 // JSON text of the value that the message shows
  std::string value2 = {};                // JSON text of the second value
  size_t index = 0;                       // of the argument, from 1
  std::string message = {};               // of $error, $assert and of what the reference has no code for
};

// The error that a caller sees: `code`, the reference's message, and as fields "position" (UTF-16 units, as the
// reference counts them) and "token" when known.
Error to_error(const Failure& failure, std::string_view source);

}  // namespace penstock::jsonata
