// Log groups and their retention.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/logs/group.h"

namespace penstock::aws::logs {

// Whether a group may keep its lines for that many days. Errors: InvalidParameterException, which lists those allowed.
Outcome<void> check_retention(int64_t days);

Outcome<CreateLogGroupOutput> create_log_group(Context& context, const CreateLogGroupInput& input);
Outcome<DeleteLogGroupOutput> delete_log_group(Context& context, const DeleteLogGroupInput& input);
Outcome<DescribeLogGroupsOutput> describe_log_groups(Context& context, const DescribeLogGroupsInput& input);
Outcome<PutRetentionPolicyOutput> put_retention_policy(Context& context, const PutRetentionPolicyInput& input);
Outcome<DeleteRetentionPolicyOutput> delete_retention_policy(Context& context, const DeleteRetentionPolicyInput& input);

}  // namespace penstock::aws::logs
