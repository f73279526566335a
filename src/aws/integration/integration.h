// The integrations of Step Functions' own ("optimized"), one line each. Source: "Integrating optimized services with
// Step Functions" in the developer guide. Any operation that is served can be called as arn:aws:states:::aws-sdk:...
// besides.
#pragma once

#include <span>
#include <string_view>

#include "aws/integration/resource.h"

namespace penstock::aws::integration {

// How the end of a job is told.
struct JobKind {
  std::string_view describe;   // operation that shows the job
  std::string_view stop;       // operation that stops it
  std::string_view name;       // member of parameters or answer that names the job to both, and is their parameter
  std::string_view arn;        // member of the answer: what the job's events are about
  std::string_view status;     // member of the description
  std::string_view succeeded;  // its value for success
  std::string_view running;    // its values, separated by spaces, while the end is open; all others are failures
  // The rule of EventBridge by which AWS hears of the end, and which the machine's role must be allowed to make.
  std::string_view managed_rule;
};

struct Integration {
  std::string_view service, action;
  std::string_view error_prefix;  // of error names: "SageMaker"
  std::string_view client;        // as causes name the service: "AmazonSageMaker"
  const JobKind* job = nullptr;   // for .sync
  bool parsed = false;            // .sync:2 instead of .sync is served, too
  bool token = false;             // .waitForTaskToken is served
};

std::span<const Integration> integrations();

// Whether AWS has an optimized integration of that name, served here or not.
bool is_known_to_aws(const Resource& resource);
const Integration* find_integration(const Resource& resource);

}  // namespace penstock::aws::integration
