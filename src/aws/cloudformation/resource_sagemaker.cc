// AWS::SageMaker::ProcessingJob: a job that starts when it is made. Ref gives its ARN.
#include <fmt/format.h>

#include "aws/cloudformation/resource_handler.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t name_max = 63;

std::string_view name_of(const ResourceCall& call) {
  return std::string_view(call.physical_id).substr(call.physical_id.rfind('/') + 1);
}

Outcome<Json> describe(const Calls& calls, std::string_view name) {
  Outcome<Json> got = calls("sagemaker", "DescribeProcessingJob", Json::object({{"ProcessingJobName", Json(name)}}));
  // SageMaker has no error of its own for what is not there.
  bool missing = !got && got.error().message.find("Requested resource not found.") != std::string::npos;
  if (missing) return Error{"ResourceNotFound", got.error().message, 404};
  return got;
}

Outcome<std::string> choose_job(const Calls& calls, const ResourceCall& call) {
  std::string name = chosen_name(calls, call, "ProcessingJobName", name_max);
  if (describe(calls, name).ok()) return already_exists(call.type, name);
  return calls.arn("sagemaker", "processing-job/" + name);
}

Outcome<stack::Made> read_made(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = describe(calls, name_of(call));
  if (!got) return got.error();
  Json attributes = pick(*got, {"ProcessingJobArn", "ProcessingJobStatus", "ExitMessage", "FailureReason",
                                "CreationTime", "LastModifiedTime", "ProcessingStartTime", "ProcessingEndTime"});
  return stack::Made{call.physical_id, std::move(attributes)};
}

Outcome<stack::Made> create_job(const Calls& calls, const ResourceCall& call) {
  if (call.resuming) {  // a job runs once
    if (Outcome<stack::Made> made = read_made(calls, call); made.ok()) return made;
  }
  Json parameters = call.properties;
  parameters.set("ProcessingJobName", Json(name_of(call)));
  parameters.set("Tags", all_tags(call));
  Outcome<Json> made = calls("sagemaker", "CreateProcessingJob", parameters);
  if (!made) return made.error();
  return read_made(calls, call);
}

// Only its tags change in place.
Outcome<stack::Made> update_job(const Calls& calls, const ResourceCall& call) {
  Json named = Json::object({{"ResourceArn", Json(call.physical_id)}});
  if (Json gone = gone_tags(call); gone.size() > 0) {
    Json parameters = named;
    parameters.set("TagKeys", std::move(gone));
    if (Outcome<Json> done = calls("sagemaker", "DeleteTags", parameters); !done) return done.error();
  }
  if (Json wanted = all_tags(call); wanted.size() > 0) {
    named.set("Tags", std::move(wanted));
    if (Outcome<Json> done = calls("sagemaker", "AddTags", named); !done) return done.error();
  }
  return read_made(calls, call);
}

// As on AWS the job is stopped, not deleted, and loses its tags.
Outcome<void> remove_job(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = describe(calls, name_of(call));
  if (!got) return removed(got);
  if (got->text("ProcessingJobStatus") == "InProgress") {
    Json named = Json::object({{"ProcessingJobName", Json(name_of(call))}});
    if (Outcome<Json> done = calls("sagemaker", "StopProcessingJob", named); !done) return done.error();
  }
  Json keys = Json::array();
  Json tags = all_tags(call);
  for (const Json& tag : tags.items()) keys.push_back(tag["Key"]);
  if (keys.size() == 0) return {};
  return removed(calls("sagemaker", "DeleteTags",
                       Json::object({{"ResourceArn", Json(call.physical_id)}, {"TagKeys", std::move(keys)}})));
}

Outcome<Json> read_job(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = describe(calls, name_of(call));
  if (!got) return got.error();
  Outcome<Json> tags = calls("sagemaker", "ListTags", Json::object({{"ResourceArn", Json(call.physical_id)}}));
  if (!tags) return tags.error();
  return Json::object({{"ProcessingJobName", (*got)["ProcessingJobName"]},
                       {"RoleArn", (*got)["RoleArn"]},
                       {"Environment", or_null(got->find("Environment"))},
                       {"Tags", own_tags(call, (*tags)["Tags"])}});
}

}  // namespace

std::vector<ResourceHandler> sagemaker_resources() {
  constexpr OnChange replace = OnChange::replace;
  auto member = [](std::string_view name) { return Inside{name, {}, "sagemaker", "CreateProcessingJob", name}; };
  return {
      {{"AWS::SageMaker::ProcessingJob",
        {{"AppSpecification", Kind::object, true, replace},
         {"Environment", Kind::object, false, replace},
         {"ExperimentConfig", Kind::object, false, replace},
         {"NetworkConfig", Kind::object, false, replace},
         {"ProcessingInputs", Kind::list, false, replace},
         {"ProcessingJobName", Kind::text, false, replace},
         {"ProcessingOutputConfig", Kind::object, false, replace},
         {"ProcessingResources", Kind::object, true, replace},
         {"RoleArn", Kind::text, true, replace},
         {"StoppingCondition", Kind::object, false, replace},
         {"Tags", Kind::list}},
        {"ProcessingJobArn", "ProcessingJobStatus", "ExitMessage", "FailureReason", "CreationTime", "LastModifiedTime",
         "ProcessingStartTime", "ProcessingEndTime", "AutoMLJobArn", "MonitoringScheduleArn", "TrainingJobArn"},
        false,
        "ProcessingJobName"},
       choose_job,
       create_job,
       update_job,
       remove_job,
       read_job,
       {member("AppSpecification"), member("NetworkConfig"), member("ProcessingInputs"), member("ProcessingJobName"),
        member("ProcessingOutputConfig"), member("ProcessingResources"), member("RoleArn"),
        member("StoppingCondition")}}};
}

}  // namespace penstock::aws::cloudformation
