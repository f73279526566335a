// SSM (Parameter Store): the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::ssm {

const ServiceTable& service();

}  // namespace penstock::aws::ssm
