// Amazon EventBridge: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::events {

const ServiceTable& service();

}  // namespace penstock::aws::events
