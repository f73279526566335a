// Amazon SageMaker: the operations that are served.
#pragma once

#include "aws/protocol/operation.h"

namespace penstock::aws::sagemaker {

const ServiceTable& service();

}  // namespace penstock::aws::sagemaker
