// KMS: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::kms {

const ServiceTable& service();

}  // namespace penstock::aws::kms
