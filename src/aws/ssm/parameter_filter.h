// Which parameters a listing means: the filters of DescribeParameters and GetParametersByPath.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/ssm/parameter_record.h"
#include "base/outcome.h"
#include "models/ssm/parameter.h"

namespace penstock::aws::ssm {

// InvalidFilterOption, InvalidFilterValue; the keys are in the model.
Outcome<void> check_filters(const std::vector<ParameterStringFilter>& filters);
bool matches(const ParameterRecord& parameter, const std::vector<ParameterStringFilter>& filters);
// The older form, as one of the newer.
std::vector<ParameterStringFilter> newer_form(const std::vector<ParametersFilter>& filters);

// Is `name` below the path "/a/b" ("/": everything)? Not `recursive`: directly.
bool is_below(std::string_view name, std::string_view path, bool recursive);

}  // namespace penstock::aws::ssm
