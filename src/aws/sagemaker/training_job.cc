#include "aws/sagemaker/training_job.h"

#include <cmath>

#include "aws/protocol/json_codec.h"
#include "aws/sagemaker/job_listing.h"
#include "aws/sagemaker/job_spec.h"
#include "aws/sagemaker/tag.h"
#include "core/job/manager.h"

namespace penstock::aws::sagemaker {

namespace {

Error not_found() {
  return Error{"ValidationException", "Requested resource not found.", 400, {}};
}

int64_t seconds_between(Time start, Time end) {
  return static_cast<int64_t>(std::ceil(static_cast<double>(end.microseconds - start.microseconds) / 1e6));
}

void add_times(DescribeTrainingJobOutput& output, const job::JobRecord& record) {
  output.creation_time = record.created;
  output.last_modified_time = record.modified;
  output.training_start_time = record.started;
  output.training_end_time = record.ended;
  if (record.started && record.ended) {
    output.training_time_in_seconds = seconds_between(*record.started, *record.ended);
    output.billable_time_in_seconds = output.training_time_in_seconds;
  }
  output.secondary_status_transitions.emplace();
  for (const job::Transition& one : record.transitions) {
    output.secondary_status_transitions->push_back({one.status, one.started, one.ended, one.message});
  }
}

}  // namespace

Outcome<CreateTrainingJobOutput> create_training_job(Context& context, const CreateTrainingJobInput& input) {
  std::string arn = context.arn("sagemaker", "training-job/" + input.training_job_name);
  Outcome<job::Spec> spec = training_spec(input, arn);
  if (!spec) return spec.error();
  Outcome<job::JobRecord> record =
      context.platform.jobs.create(*std::move(spec), to_json(input), context.idempotency_token);
  if (!record) return record.error();
  if (input.tags) set_tags(context, arn, *input.tags);
  return CreateTrainingJobOutput{arn};
}

Outcome<DescribeTrainingJobOutput> describe_training_job(Context& context, const DescribeTrainingJobInput& input) {
  std::optional<job::JobRecord> record =
      context.platform.jobs.find("training", context.account, context.region, input.training_job_name);
  if (!record) return not_found();
  DescribeTrainingJobOutput output;
  CreateTrainingJobInput request;
  // What was sent is given back as it was: both structs read the members that they have.
  Validation ignored;
  Outcome<void> read = from_json(DescribeTrainingJobOutput::table, record->request, &output, ignored);
  if (read) read = from_json(CreateTrainingJobInput::table, record->request, &request, ignored);
  if (!read) return read.error();
  output.training_job_arn = record->spec.arn;
  output.training_job_status = job::to_text(record->status);
  output.secondary_status = record->secondary_status();
  if (!record->failure_reason.empty()) output.failure_reason = record->failure_reason;
  bool has_model = record->status == job::Status::completed || record->status == job::Status::stopped;
  if (has_model && record->started) output.model_artifacts.s3_model_artifacts = model_uri(request);
  for (std::optional<bool>* flag : {&output.enable_network_isolation, &output.enable_inter_container_traffic_encryption,
                                    &output.enable_managed_spot_training}) {
    if (!*flag) *flag = false;
  }
  if (!output.stopping_condition.max_runtime_in_seconds) {
    output.stopping_condition.max_runtime_in_seconds = record->spec.runtime_seconds_max;
  }
  if (output.profiler_config) output.profiling_status = "Disabled";  // no profiler runs here
  add_times(output, *record);
  if (!record->metrics.empty()) output.final_metric_data_list.emplace();
  for (const job::FinalMetric& metric : record->metrics) {
    output.final_metric_data_list->push_back({metric.name, metric.value, metric.time});
  }
  return output;
}

Outcome<StopTrainingJobOutput> stop_training_job(Context& context, const StopTrainingJobInput& input) {
  Outcome<void> stopped =
      context.platform.jobs.stop("training", context.account, context.region, input.training_job_name);
  if (!stopped) return stopped.error();
  return StopTrainingJobOutput{};
}

Outcome<ListTrainingJobsOutput> list_training_jobs(Context& context, const ListTrainingJobsInput& input) {
  ListTrainingJobsOutput output;
  // No job here has a warm pool or a training plan.
  if (input.warm_pool_status_equals || input.training_plan_arn_equals) return output;
  Outcome<JobPage> page = list_jobs(context, "training", input);
  if (!page) return page.error();
  for (const job::JobRecord& record : page->records) {
    TrainingJobSummary summary;
    summary.training_job_name = record.spec.name;
    summary.training_job_arn = record.spec.arn;
    summary.creation_time = record.created;
    summary.training_end_time = record.ended;
    summary.last_modified_time = record.modified;
    summary.training_job_status = job::to_text(record.status);
    summary.secondary_status = record.secondary_status();
    output.training_job_summaries.push_back(std::move(summary));
  }
  output.next_token = std::move(page->next_token);
  return output;
}

}  // namespace penstock::aws::sagemaker
