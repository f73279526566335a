// How answers and errors of called operations look in a task's result. Sources: histories recorded on AWS.
#pragma once

#include <string>
#include <string_view>

#include "aws/integration/integration.h"
#include "aws/protocol/shape.h"
#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"

namespace penstock::aws::integration {

// The answer of an own integration with SdkHttpMetadata and SdkResponseMetadata beside it.
Json with_metadata(Json answer, const ServiceModel& service, std::string_view request_id, Time now);

struct TaskError {
  std::string name, cause;
};
// An error of the operation as an own integration names it:
// "SageMaker.ResourceInUseException", "... (Service: AmazonSageMaker; Status Code: 400; Error Code: ...; ...)".
TaskError own_error(const Integration& integration, const ServiceModel& service, const Error& error,
                    std::string_view request_id);
// And as an aws-sdk integration does: "Sfn.InvalidTokenException", "... (Service: Sfn, Status Code: 400, ...)".
TaskError sdk_error(const ServiceModel& service, const Error& error, std::string_view request_id);

}  // namespace penstock::aws::integration
