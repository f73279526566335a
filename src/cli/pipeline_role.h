// The role that pipelines started from the command line act as, and that their jobs get: made when it is needed.
#pragma once

#include <string>
#include <string_view>

#include "aws/client/client.h"
#include "base/outcome.h"

namespace penstock::cli {

// arn:aws:iam::ACCOUNT:role/penstock-pipeline
std::string pipeline_role_arn(std::string_view account);

// Makes that role, or finds it there: Step Functions, SageMaker, EventBridge and Scheduler may act as it, and it may
// use SageMaker, S3, Step Functions and Logs.
Outcome<void> make_pipeline_role(aws::Client& client);

}  // namespace penstock::cli
