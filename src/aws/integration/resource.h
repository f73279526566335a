// A Task's Resource, taken apart: which operation of which service, and what the state waits for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock::aws::integration {

struct Resource {
  enum class Pattern { answer, job, job_parsed, token };  // "", ".sync", ".sync:2", ".waitForTaskToken"
  bool sdk = false;     // arn:aws:states:::aws-sdk:SERVICE:ACTION; else an integration of Step Functions' own
  std::string service;  // "sagemaker", "states", "s3"
  std::string action;   // "createTrainingJob"
  Pattern pattern = Pattern::answer;

  bool waits_for_job() const { return pattern == Pattern::job || pattern == Pattern::job_parsed; }
};

// Nothing when it is not arn:aws:states:::... of that form.
std::optional<Resource> parse_resource(std::string_view arn);

}  // namespace penstock::aws::integration
