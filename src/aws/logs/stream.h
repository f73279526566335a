// Log streams.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/logs/stream.h"

namespace penstock::aws::logs {

Outcome<CreateLogStreamOutput> create_log_stream(Context& context, const CreateLogStreamInput& input);
Outcome<DeleteLogStreamOutput> delete_log_stream(Context& context, const DeleteLogStreamInput& input);
Outcome<DescribeLogStreamsOutput> describe_log_streams(Context& context, const DescribeLogStreamsInput& input);

}  // namespace penstock::aws::logs
