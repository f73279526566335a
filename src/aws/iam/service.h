// Identity and Access Management: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::iam {

const ServiceTable& service();

}  // namespace penstock::aws::iam
