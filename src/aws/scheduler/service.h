// Amazon EventBridge Scheduler: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::scheduler {

const ServiceTable& service();

}  // namespace penstock::aws::scheduler
