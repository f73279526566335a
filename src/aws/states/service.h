// The operations of Step Functions that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::states {

const ServiceTable& service();

}  // namespace penstock::aws::states
