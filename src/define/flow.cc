#include <fmt/format.h>

#include <algorithm>

#include "define/node.h"

namespace penstock::define {

namespace {

constexpr std::string_view integration_prefix = "arn:aws:states:::";

// `members` with those of `more` in their place or after them.
Members with_more(Members members, const Members& more) {
  for (const auto& [name, value] : more) {
    auto same = std::find_if(members.begin(), members.end(),
                             [&name = name](const auto& member) { return member.first == name; });
    if (same == members.end()) {
      members.emplace_back(name, value);
    } else {
      same->second = value;
    }
  }
  return members;
}

bool absent(const Value& value) {
  return value.node().what == ValueNode::What::literal && value.node().literal.is_null();
}

}  // namespace

Value s3_input(std::string name, Value uri, std::string local_path) {
  return object({{"InputName", std::move(name)},
                 {"S3Input", object({{"S3Uri", std::move(uri)},
                                     {"LocalPath", std::move(local_path)},
                                     {"S3DataType", "S3Prefix"},
                                     {"S3InputMode", "File"}})}});
}

Value s3_output(std::string name, Value uri, std::string local_path) {
  return object(
      {{"OutputName", std::move(name)},
       {"S3Output",
        object({{"S3Uri", std::move(uri)}, {"LocalPath", std::move(local_path)}, {"S3UploadMode", "EndOfJob"}})}});
}

Value channel(std::string name, Value uri) {
  Value source =
      object({{"S3DataType", "S3Prefix"}, {"S3Uri", std::move(uri)}, {"S3DataDistributionType", "FullyReplicated"}});
  return object({{"ChannelName", std::move(name)}, {"DataSource", object({{"S3DataSource", std::move(source)}})}});
}

Value metric(std::string name, std::string regex) {
  return object({{"Name", std::move(name)}, {"Regex", std::move(regex)}});
}

Step Flow::add(std::string name, const char* type) {
  auto step = std::make_unique<StepNode>();
  step->name = std::move(name);
  step->type = type;
  node_->steps.push_back(std::move(step));
  StepNode* added = node_->steps.back().get();
  if (node_->start == nullptr) node_->start = added;
  return Step(added);
}

Step Flow::task(std::string name, std::string resource, Value parameters) {
  const Step step = add(std::move(name), "Task");
  step.node()->resource =
      resource.starts_with("arn:") ? std::move(resource) : fmt::format("{}{}", integration_prefix, resource);
  step.node()->parameters = std::move(parameters);
  return step;
}

Step Flow::processing_job(std::string name, const ProcessingJob& job) {
  Members program = {{"ImageUri", job.image}};
  if (!job.entrypoint.empty()) program.emplace_back("ContainerEntrypoint", list(job.entrypoint));
  if (!absent(job.arguments)) program.emplace_back("ContainerArguments", job.arguments);
  const Value cluster = object({{"InstanceCount", job.instance_count},
                                {"InstanceType", job.instance_type},
                                {"VolumeSizeInGB", job.volume_gigabytes}});
  Members request = {{"ProcessingJobName", job.name},
                     {"RoleArn", job.role},
                     {"AppSpecification", object(std::move(program))},
                     {"ProcessingResources", object({{"ClusterConfig", cluster}})},
                     {"StoppingCondition", object({{"MaxRuntimeInSeconds", job.max_runtime_seconds}})}};
  if (!job.inputs.empty()) request.emplace_back("ProcessingInputs", list(job.inputs));
  if (!job.outputs.empty()) request.emplace_back("ProcessingOutputConfig", object({{"Outputs", list(job.outputs)}}));
  if (!job.environment.empty()) request.emplace_back("Environment", object(job.environment));
  return task(std::move(name), "sagemaker:createProcessingJob.sync", object(with_more(std::move(request), job.more)));
}

Step Flow::training_job(std::string name, const TrainingJob& job) {
  Members algorithm = {{"TrainingImage", job.image}, {"TrainingInputMode", "File"}};
  if (!job.metrics.empty()) algorithm.emplace_back("MetricDefinitions", list(job.metrics));
  Members request = {{"TrainingJobName", job.name},
                     {"RoleArn", job.role},
                     {"AlgorithmSpecification", object(std::move(algorithm))},
                     {"OutputDataConfig", object({{"S3OutputPath", job.output_path}})},
                     {"ResourceConfig", object({{"InstanceCount", job.instance_count},
                                                {"InstanceType", job.instance_type},
                                                {"VolumeSizeInGB", job.volume_gigabytes}})},
                     {"StoppingCondition", object({{"MaxRuntimeInSeconds", job.max_runtime_seconds}})}};
  if (!job.hyperparameters.empty()) request.emplace_back("HyperParameters", object(job.hyperparameters));
  if (!job.channels.empty()) request.emplace_back("InputDataConfig", list(job.channels));
  if (!job.environment.empty()) request.emplace_back("Environment", object(job.environment));
  return task(std::move(name), "sagemaker:createTrainingJob.sync", object(with_more(std::move(request), job.more)));
}

Step Flow::pass(std::string name, Value parameters) {
  const Step step = add(std::move(name), "Pass");
  if (!absent(parameters)) step.node()->parameters = std::move(parameters);
  return step;
}

Step Flow::wait(std::string name, Value seconds) {
  const Step step = add(std::move(name), "Wait");
  step.node()->seconds = std::move(seconds);
  return step;
}

Step Flow::choice(std::string name) {
  return add(std::move(name), "Choice");
}

Step Flow::succeed(std::string name) {
  return add(std::move(name), "Succeed");
}

Step Flow::fail(std::string name, Value error, Value cause) {
  const Step step = add(std::move(name), "Fail");
  step.node()->error = std::move(error);
  step.node()->cause = std::move(cause);
  return step;
}

std::pair<Step, Flow> Flow::map(std::string name, Value items, MapOptions options) {
  const Step step = add(std::move(name), "Map");
  step.node()->items = std::move(items);
  step.node()->map_options = std::move(options);
  step.node()->flows.push_back(std::make_shared<FlowNode>());
  return {step, Flow(step.node()->flows.back())};
}

std::pair<Step, std::vector<Flow>> Flow::parallel(std::string name, size_t branches) {
  const Step step = add(std::move(name), "Parallel");
  std::vector<Flow> flows;
  for (size_t i = 0; i < branches; ++i) {
    step.node()->flows.push_back(std::make_shared<FlowNode>());
    flows.emplace_back(step.node()->flows.back());
  }
  return {step, std::move(flows)};
}

void Flow::start_at(Step step) {
  node_->start = step.node();
}

}  // namespace penstock::define
