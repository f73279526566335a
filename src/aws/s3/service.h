// S3: the table of its operations.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::s3 {

const ServiceTable& service();

}  // namespace penstock::aws::s3
