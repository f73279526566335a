// Security Token Service: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::sts {

const ServiceTable& service();

}  // namespace penstock::aws::sts
