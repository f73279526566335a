// The tags of what a call is about, which the condition key aws:ResourceTag/NAME compares.
#pragma once

#include <string>

#include "aws/context.h"
#include "core/access/directory.h"

namespace penstock::aws::authorization {

// Of a role, user, policy, machine, activity, job, model, log group, rule, bus, schedule group, stack, key or
// parameter, by its ARN; none for what is not there yet, or has none.
access::Texts tags_of_resource(const Context& context, const std::string& arn);

}  // namespace penstock::aws::authorization
