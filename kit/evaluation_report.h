// evaluate's result as one self-contained HTML page: aggregates only, no row of the data; readable in the light and the
// dark.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace penstock::kit {

// `evaluation` is core/learn/evaluation.h's value; `title` names the model and the data.
std::string evaluation_report(const Json& evaluation, std::string_view title);

}  // namespace penstock::kit
