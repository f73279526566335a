// Reading the options of a recipe or of an algorithm: a JSON object whose keys are known. A wrong key or value is an
// error (code "BadOption") that says what was meant.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::learn {

Error bad_option(std::string message);
// Every key of `options` is one of `known`; `what` is what they belong to ("transform 'bins'").
Outcome<void> check_keys(const Json& options, const std::vector<std::string_view>& known, std::string_view what);

// Each gives `otherwise` when the key is absent.
Outcome<double> read_number(const Json& options, std::string_view key, double otherwise);
Outcome<size_t> read_count(const Json& options, std::string_view key, size_t otherwise);
Outcome<bool> read_flag(const Json& options, std::string_view key, bool otherwise);
Outcome<std::string> read_text(const Json& options, std::string_view key, std::string_view otherwise);
// One of `choices`; the first one when absent.
Outcome<std::string> read_choice(const Json& options, std::string_view key,
                                 const std::vector<std::string_view>& choices);
// A list of texts, or one text.
Outcome<std::vector<std::string>> read_texts(const Json& options, std::string_view key);

// Numbers to and from JSON; NaN is null, infinities are the texts "inf" and "-inf".
Json number_json(double value);
double json_number(const Json& value);
Json numbers_json(std::span<const double> values);
std::vector<double> json_numbers(const Json& value);

}  // namespace penstock::learn
