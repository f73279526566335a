// The conditions in braces of a filter pattern: { ($.a.b = "x*") && ($.n >= 3 || $.list[0] NOT EXISTS) }.
#pragma once

#include <memory>
#include <string_view>

#include "aws/logs/filter_pattern.h"

namespace penstock::aws::logs {

// `text` begins with '{' and ends with '}'. Error: InvalidParameterException, with the place and what was expected.
Outcome<std::shared_ptr<const JsonCondition>> parse_json_condition(std::string_view text);

}  // namespace penstock::aws::logs
