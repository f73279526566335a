// What AWS says about text that is not JSON. Its services read JSON with Jackson, whose sentences and places clients
// see; ours are told otherwise (base/json.h). Source of the sentences: recorded answers of Step Functions, and
// Jackson's documented behaviour for the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock::pipeline {

struct JsonComplaint {
  std::string message;  // "Unrecognized token 'not': was expecting (JSON String, ...)"
  std::string source;   // "[Source: (String)"not"; line: 1, column: 4]"
};

// The first thing wrong with the text; nothing when Jackson would take it (it stops after the first value).
std::optional<JsonComplaint> json_complaint(std::string_view text);

}  // namespace penstock::pipeline
