#include "aws/sagemaker/processing_job.h"

#include "aws/protocol/json_codec.h"
#include "aws/sagemaker/job_listing.h"
#include "aws/sagemaker/job_spec.h"
#include "aws/sagemaker/tag.h"
#include "core/job/manager.h"

namespace penstock::aws::sagemaker {

Outcome<CreateProcessingJobOutput> create_processing_job(Context& context, const CreateProcessingJobInput& input) {
  std::string arn = context.arn("sagemaker", "processing-job/" + input.processing_job_name);
  Outcome<job::Spec> spec = processing_spec(input, arn);
  if (!spec) return spec.error();
  Outcome<job::JobRecord> record =
      context.platform.jobs.create(*std::move(spec), to_json(input), context.idempotency_token);
  if (!record) return record.error();
  if (input.tags) set_tags(context, arn, *input.tags);
  return CreateProcessingJobOutput{arn};
}

Outcome<DescribeProcessingJobOutput> describe_processing_job(Context& context,
                                                             const DescribeProcessingJobInput& input) {
  std::optional<job::JobRecord> record =
      context.platform.jobs.find("processing", context.account, context.region, input.processing_job_name);
  if (!record) return Error{"ValidationException", "Requested resource not found.", 400, {}};
  DescribeProcessingJobOutput output;
  Validation ignored;
  if (Outcome<void> read = from_json(DescribeProcessingJobOutput::table, record->request, &output, ignored); !read) {
    return read.error();
  }
  output.processing_job_arn = record->spec.arn;
  output.processing_job_status = job::to_text(record->status);
  if (!output.stopping_condition)
    output.stopping_condition = ProcessingStoppingCondition{record->spec.runtime_seconds_max};
  if (!record->failure_reason.empty()) output.failure_reason = record->failure_reason;
  if (!record->exit_message.empty()) output.exit_message = record->exit_message;
  output.creation_time = record->created;
  output.last_modified_time = record->modified;
  output.processing_start_time = record->started;
  output.processing_end_time = record->ended;
  return output;
}

Outcome<StopProcessingJobOutput> stop_processing_job(Context& context, const StopProcessingJobInput& input) {
  Outcome<void> stopped =
      context.platform.jobs.stop("processing", context.account, context.region, input.processing_job_name);
  if (!stopped) return stopped.error();
  return StopProcessingJobOutput{};
}

Outcome<ListProcessingJobsOutput> list_processing_jobs(Context& context, const ListProcessingJobsInput& input) {
  Outcome<JobPage> page = list_jobs(context, "processing", input);
  if (!page) return page.error();
  ListProcessingJobsOutput output;
  for (const job::JobRecord& record : page->records) {
    ProcessingJobSummary summary;
    summary.processing_job_name = record.spec.name;
    summary.processing_job_arn = record.spec.arn;
    summary.creation_time = record.created;
    summary.processing_end_time = record.ended;
    summary.last_modified_time = record.modified;
    summary.processing_job_status = job::to_text(record.status);
    if (!record.failure_reason.empty()) summary.failure_reason = record.failure_reason;
    if (!record.exit_message.empty()) summary.exit_message = record.exit_message;
    output.processing_job_summaries.push_back(std::move(summary));
  }
  output.next_token = std::move(page->next_token);
  return output;
}

}  // namespace penstock::aws::sagemaker
