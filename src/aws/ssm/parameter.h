// Parameters: writing, reading and listing them.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/ssm/parameter.h"

namespace penstock::aws::ssm {

// parameter.cc
Outcome<PutParameterOutput> put_parameter(Context& context, const PutParameterInput& input);
Outcome<DeleteParameterOutput> delete_parameter(Context& context, const DeleteParameterInput& input);
Outcome<DeleteParametersOutput> delete_parameters(Context& context, const DeleteParametersInput& input);
Outcome<LabelParameterVersionOutput> label_parameter_version(Context& context, const LabelParameterVersionInput& input);

// parameter_read.cc
Outcome<GetParameterOutput> get_parameter(Context& context, const GetParameterInput& input);
Outcome<GetParametersOutput> get_parameters(Context& context, const GetParametersInput& input);
Outcome<GetParametersByPathOutput> get_parameters_by_path(Context& context, const GetParametersByPathInput& input);
Outcome<GetParameterHistoryOutput> get_parameter_history(Context& context, const GetParameterHistoryInput& input);
Outcome<DescribeParametersOutput> describe_parameters(Context& context, const DescribeParametersInput& input);

}  // namespace penstock::aws::ssm
