// From SageMaker's requests to job::Spec: what a job runs, reads and writes, and the files of the container contract
// (SageMaker developer guide, "How Amazon SageMaker Provides Training Information" and "How Amazon SageMaker Configures
// Your Processing Container"). What would change the result and is not there is refused by name (ValidationException).
#pragma once

#include <string>

#include "base/outcome.h"
#include "core/job/job.h"
#include "models/sagemaker/processing_job.h"
#include "models/sagemaker/training_job.h"

namespace penstock::aws::sagemaker {

Outcome<job::Spec> training_spec(const CreateTrainingJobInput& input, const std::string& arn);
Outcome<job::Spec> processing_spec(const CreateProcessingJobInput& input, const std::string& arn);

// ".../JOB/output/model.tar.gz", or the prefix ".../JOB/output/model/" of an uncompressed model.
std::string model_uri(const CreateTrainingJobInput& input);

// The error that names a feature which is not there.
Error not_supported(std::string_view feature, std::string_view instead);

}  // namespace penstock::aws::sagemaker
