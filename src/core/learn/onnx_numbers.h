// Numbers computed in an ONNX graph as the transforms compute them: expressions and the parts of moments.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/learn/expression.h"
#include "core/learn/onnx.h"

namespace penstock::learn {

// Adds the nodes of an expression over doubles of N rows by 1; `column` gives the value of each column's name. Missing
// is NaN, as in Expression::evaluate. Returns the value of the result.
std::string add_expression(OnnxGraph& graph, const Expression& expression,
                           const std::function<std::string(const std::string&)>& column);

// Adds the nodes of one part of a moment, in seconds since 1970: a name of transform.h's Dates other than the cycles.
std::string add_date_part(OnnxGraph& graph, const std::string& epoch, std::string_view part);

}  // namespace penstock::learn
