// CloudFormation: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::cloudformation {

const ServiceTable& service();

}  // namespace penstock::aws::cloudformation
