// CloudWatch Logs: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::logs {

const ServiceTable& service();

}  // namespace penstock::aws::logs
