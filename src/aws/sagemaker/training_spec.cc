#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "aws/sagemaker/job_spec.h"
#include "base/encoding.h"
#include "core/job/instance.h"

namespace penstock::aws::sagemaker {

namespace {

constexpr int64_t runtime_seconds_default = 86'400;  // StoppingCondition, API reference
constexpr int64_t gibibyte = 1LL << 30;

Error invalid(std::string message) {
  return Error{"ValidationException", std::move(message), 400, {}};
}

std::string without_slash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

std::string output_folder(const CreateTrainingJobInput& input) {
  return without_slash(input.output_data_config.s3_output_path) + "/" + input.training_job_name + "/output";
}

bool uncompressed(const CreateTrainingJobInput& input) {
  return input.output_data_config.compression_type.value_or("GZIP") == "NONE";
}

// Features that would change the result. Those that only watch a job (debugger, profiler, experiments) are kept and
// given back, as are those without a meaning on one machine (VPC, encryption, warm pools, spot).
Outcome<void> check_features(const CreateTrainingJobInput& input) {
  if (!input.algorithm_specification) return invalid("AlgorithmSpecification is required");
  const AlgorithmSpecification& algorithm = *input.algorithm_specification;
  if (algorithm.algorithm_name || !algorithm.training_image) {
    return not_supported("AlgorithmSpecification.AlgorithmName", "give a TrainingImage");
  }
  if (input.serverless_job_config) return not_supported("ServerlessJobConfig", "give a ResourceConfig");
  if (input.model_package_config) return not_supported("ModelPackageConfig", "leave it out");
  if (!input.resource_config) return invalid("ResourceConfig is required");
  const ResourceConfig& resources = *input.resource_config;
  if (resources.instance_groups)
    return not_supported("ResourceConfig.InstanceGroups", "give InstanceType and InstanceCount");
  if (resources.instance_preferences) {
    return not_supported("ResourceConfig.InstancePreferences", "give InstanceType and InstanceCount");
  }
  if (!resources.instance_type || !resources.instance_count) {
    return invalid("ResourceConfig needs InstanceType and InstanceCount");
  }
  if (input.enable_network_isolation.value_or(false) && *resources.instance_count > 1) {
    return not_supported("EnableNetworkIsolation with several instances", "use one instance");
  }
  return {};
}

Outcome<job::Input> read_channel(const Channel& channel, const std::string& default_mode) {
  std::string where = fmt::format("InputDataConfig channel '{}': ", channel.channel_name);
  if (!channel.data_source.s3_data_source) {
    return not_supported(where + "a DataSource other than S3DataSource", "put the data into S3");
  }
  const S3DataSource& source = *channel.data_source.s3_data_source;
  std::string mode = channel.input_mode.value_or(default_mode);
  if (mode == "Pipe") return not_supported(where + "InputMode Pipe", "use File or FastFile");
  if (source.s3_data_type == "AugmentedManifestFile") {
    return not_supported(where + "S3DataType AugmentedManifestFile", "use S3Prefix or ManifestFile");
  }
  if (source.s3_data_type != "S3Prefix" && source.s3_data_type != "ManifestFile") {
    return not_supported(where + "S3DataType " + source.s3_data_type, "use S3Prefix or ManifestFile");
  }
  if (channel.compression_type.value_or("None") != "None") {
    return not_supported(where + "CompressionType " + *channel.compression_type,
                         "it needs Pipe mode; unpack in the script");
  }
  if (channel.record_wrapper_type.value_or("None") != "None") {
    return not_supported(where + "RecordWrapperType " + *channel.record_wrapper_type, "it needs Pipe mode");
  }
  if (mode == "FastFile" && (source.s3_data_type != "S3Prefix")) {
    return invalid(where + "FastFile mode needs S3DataType S3Prefix");
  }
  job::Input input;
  input.name = channel.channel_name;
  input.uri = source.s3_uri;
  input.path = "/opt/ml/input/data/" + channel.channel_name;
  input.sharded_by_key = source.s3_data_distribution_type.value_or("FullyReplicated") == "ShardedByS3Key";
  input.manifest = source.s3_data_type == "ManifestFile";
  input.content_type = channel.content_type.value_or("");
  input.input_mode = mode;
  return input;
}

Outcome<void> add_channels(job::Spec& spec, const CreateTrainingJobInput& input) {
  if (!input.input_data_config) return {};
  std::set<std::string_view> names;
  for (const Channel& channel : *input.input_data_config) {
    if (!names.insert(channel.channel_name).second) {
      return invalid(fmt::format("InputDataConfig has two channels named '{}'", channel.channel_name));
    }
    Outcome<job::Input> read = read_channel(channel, input.algorithm_specification->training_input_mode);
    if (!read) return read.error();
    spec.inputs.push_back(*std::move(read));
  }
  return {};
}

Json channel_settings(const CreateTrainingJobInput& input) {
  Json channels = Json::object();
  if (!input.input_data_config) return channels;
  for (const Channel& channel : *input.input_data_config) {
    Json settings = Json::object();
    if (channel.content_type) settings.set("ContentType", *channel.content_type);
    settings.set("TrainingInputMode", channel.input_mode.value_or(input.algorithm_specification->training_input_mode));
    const S3DataSource& source = *channel.data_source.s3_data_source;
    settings.set("S3DistributionType", source.s3_data_distribution_type.value_or("FullyReplicated"));
    settings.set("RecordWrapperType", channel.record_wrapper_type.value_or("None"));
    channels.set(channel.channel_name, std::move(settings));
  }
  return channels;
}

Json resource_settings(const ResourceConfig& resources) {
  Json hosts = Json::array();
  for (int64_t i = 1; i <= *resources.instance_count; ++i) hosts.push_back(fmt::format("algo-{}", i));
  Json group = Json::object(
      {{"instance_group_name", "homogeneousCluster"}, {"instance_type", *resources.instance_type}, {"hosts", hosts}});
  return Json::object({{"current_host", "{host}"},
                       {"current_instance_type", *resources.instance_type},
                       {"current_group_name", "homogeneousCluster"},
                       {"hosts", std::move(hosts)},
                       {"instance_groups", Json(std::vector<Json>{std::move(group)})},
                       {"network_interface_name", job::network_interface()}});
}

void add_files(job::Spec& spec, const CreateTrainingJobInput& input) {
  Json hyperparameters = Json::object();
  if (input.hyper_parameters) {
    for (const auto& [name, value] : *input.hyper_parameters) hyperparameters.set(name, value);
  }
  const std::string folder = "/opt/ml/input/config/";
  spec.files.emplace_back(folder + "hyperparameters.json", to_string(hyperparameters));
  spec.files.emplace_back(folder + "inputdataconfig.json", to_string(channel_settings(input)));
  spec.files.emplace_back(folder + "resourceconfig.json", to_string(resource_settings(*input.resource_config)));
  if (!input.checkpoint_config) return;
  std::string local = input.checkpoint_config->local_path.value_or("/opt/ml/checkpoints");
  Json checkpoints = Json::object({{"S3Uri", input.checkpoint_config->s3_uri}, {"LocalPath", local}});
  spec.files.emplace_back(folder + "checkpointconfig.json", to_string(checkpoints));
  // What is in S3 lies there at the start; what is there at the end goes to S3, also of a job that failed.
  spec.inputs.push_back({"checkpoints", without_slash(input.checkpoint_config->s3_uri) + "/", local, false, false, "",
                         "File", true, true});
  spec.outputs.push_back({"checkpoints", input.checkpoint_config->s3_uri, local, false, true, false});
}

void add_outputs(job::Spec& spec, const CreateTrainingJobInput& input) {
  bool archive = !uncompressed(input);
  std::string folder = output_folder(input);
  spec.outputs.push_back(
      {"model", archive ? model_uri(input) : without_slash(model_uri(input)), "/opt/ml/model", archive, false, false});
  spec.outputs.push_back(
      {"output", archive ? folder + "/output.tar.gz" : folder + "/data", "/opt/ml/output/data", archive, true, true});
}

}  // namespace

Error not_supported(std::string_view feature, std::string_view instead) {
  return invalid(fmt::format("{} is not supported by Penstock yet: {}.", feature, instead));
}

std::string model_uri(const CreateTrainingJobInput& input) {
  return output_folder(input) + (uncompressed(input) ? "/model/" : "/model.tar.gz");
}

Outcome<job::Spec> training_spec(const CreateTrainingJobInput& input, const std::string& arn) {
  if (Outcome<void> checked = check_features(input); !checked) return checked.error();
  const AlgorithmSpecification& algorithm = *input.algorithm_specification;
  const ResourceConfig& resources = *input.resource_config;
  job::Spec spec;
  spec.kind = "training";
  spec.name = input.training_job_name;
  spec.arn = arn;
  spec.role_arn = input.role_arn;
  spec.image = *algorithm.training_image;
  spec.entrypoint = algorithm.container_entrypoint.value_or(std::vector<std::string>());
  spec.arguments = algorithm.container_arguments.value_or(std::vector<std::string>());
  if (input.environment) {
    for (const auto& [name, value] : *input.environment) spec.environment.emplace_back(name, value);
  }
  spec.instance_count = static_cast<int>(*resources.instance_count);
  spec.instance_type = *resources.instance_type;
  spec.volume_bytes = resources.volume_size_in_gb.value_or(0) * gibibyte;
  spec.runtime_seconds_max = runtime_seconds_default;
  if (input.stopping_condition) {
    spec.runtime_seconds_max = input.stopping_condition->max_runtime_in_seconds.value_or(runtime_seconds_default);
  }
  if (algorithm.metric_definitions) {
    for (const MetricDefinition& metric : *algorithm.metric_definitions)
      spec.metrics.push_back({metric.name, metric.regex});
  }
  spec.network_isolated = input.enable_network_isolation.value_or(false);
  spec.log_group = "/aws/sagemaker/TrainingJobs";
  spec.output_key = input.output_data_config.kms_key_id.value_or("");
  if (Outcome<void> added = add_channels(spec, input); !added) return added.error();
  add_outputs(spec, input);
  add_files(spec, input);
  return spec;
}

}  // namespace penstock::aws::sagemaker
