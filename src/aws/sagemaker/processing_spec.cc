#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>

#include "aws/protocol/json_codec.h"
#include "aws/sagemaker/job_spec.h"
#include "core/job/instance.h"

namespace penstock::aws::sagemaker {

namespace {

constexpr int64_t runtime_seconds_default = 86'400;  // ProcessingStoppingCondition, API reference
constexpr int64_t gibibyte = 1LL << 30;
constexpr std::string_view processing_folder = "/opt/ml/processing/";

Error invalid(std::string message) {
  return Error{"ValidationException", std::move(message), 400, {}};
}

Outcome<void> check_path(const std::string& where, const std::optional<std::string>& path) {
  bool below = path && (path->starts_with(processing_folder) || *path + "/" == processing_folder);
  bool straight = path && path->find("/../") == std::string::npos && !path->ends_with("/..");
  if (below && straight) return {};
  return invalid(fmt::format("{}LocalPath '{}' must begin with /opt/ml/processing/", where, path.value_or("")));
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Outcome<void> add_input(job::Spec& spec, const ProcessingInput& input) {
  std::string where = fmt::format("ProcessingInputs '{}': ", input.input_name);
  if (input.dataset_definition)
    return not_supported(where + "DatasetDefinition", "put the data into S3 and use S3Input");
  if (!input.s3_input) return invalid(where + "S3Input is required");
  const ProcessingS3Input& source = *input.s3_input;
  if (input.app_managed.value_or(false)) return {};  // the program fetches it by itself
  if (Outcome<void> checked = check_path(where, source.local_path); !checked) return checked;
  if (source.s3_input_mode.value_or("File") == "Pipe") return not_supported(where + "S3InputMode Pipe", "use File");
  if (source.s3_compression_type.value_or("None") != "None") {
    return not_supported(where + "S3CompressionType " + *source.s3_compression_type,
                         "it needs Pipe mode; unpack in the script");
  }
  job::Input read;
  read.name = input.input_name;
  read.uri = source.s3_uri;
  read.path = without_slash(*source.local_path);
  read.sharded_by_key = source.s3_data_distribution_type.value_or("FullyReplicated") == "ShardedByS3Key";
  read.manifest = source.s3_data_type == "ManifestFile";
  spec.inputs.push_back(std::move(read));
  return {};
}

Outcome<void> add_output(job::Spec& spec, const ProcessingOutput& output) {
  std::string where = fmt::format("ProcessingOutputConfig output '{}': ", output.output_name);
  if (output.feature_store_output) return not_supported(where + "FeatureStoreOutput", "use S3Output");
  if (!output.s3_output) return invalid(where + "S3Output is required");
  if (output.app_managed.value_or(false)) return {};
  const ProcessingS3Output& target = *output.s3_output;
  if (Outcome<void> checked = check_path(where, target.local_path); !checked) return checked;
  // Continuous: what was written before a failure would have been uploaded already.
  bool continuous = target.s3_upload_mode == "Continuous";
  spec.outputs.push_back(
      {output.output_name, target.s3_uri, without_slash(*target.local_path), false, continuous, false});
  return {};
}

Outcome<void> add_data(job::Spec& spec, const CreateProcessingJobInput& input) {
  std::set<std::string_view> names;
  if (input.processing_inputs) {
    for (const ProcessingInput& one : *input.processing_inputs) {
      if (!names.insert(one.input_name).second) {
        return invalid(fmt::format("ProcessingInputs has two inputs named '{}'", one.input_name));
      }
      if (Outcome<void> added = add_input(spec, one); !added) return added;
    }
  }
  names.clear();
  if (!input.processing_output_config || !input.processing_output_config->outputs) return {};
  spec.output_key = input.processing_output_config->kms_key_id.value_or("");
  for (const ProcessingOutput& one : *input.processing_output_config->outputs) {
    if (!names.insert(one.output_name).second) {
      return invalid(fmt::format("ProcessingOutputConfig has two outputs named '{}'", one.output_name));
    }
    if (Outcome<void> added = add_output(spec, one); !added) return added;
  }
  return {};
}

// The request with the ARN in front; members that were not given are null.
Json job_settings(const CreateProcessingJobInput& input, const std::string& arn) {
  const Json request = to_json(input);
  Json settings = Json::object({{"ProcessingJobArn", arn}});
  for (const char* member :
       {"ProcessingJobName", "AppSpecification", "Environment", "ProcessingInputs", "ProcessingOutputConfig",
        "ProcessingResources", "RoleArn", "StoppingCondition", "NetworkConfig", "ExperimentConfig"}) {
    settings.set(member, request[member]);
  }
  return settings;
}

Json resource_settings(const ProcessingClusterConfig& cluster) {
  Json hosts = Json::array();
  for (int64_t i = 1; i <= cluster.instance_count.value_or(1); ++i) hosts.push_back(fmt::format("algo-{}", i));
  return Json::object(
      {{"current_host", "{host}"},
       {"current_instance_type", cluster.instance_type.value_or("")},
       {"current_group_name", "homogeneousCluster"},
       {"hosts", hosts},
       {"instance_groups", Json(std::vector<Json>{Json::object({{"instance_group_name", "homogeneousCluster"},
                                                                {"instance_type", cluster.instance_type.value_or("")},
                                                                {"hosts", hosts}})})},
       {"network_interface_name", job::network_interface()}});
}

}  // namespace

Outcome<job::Spec> processing_spec(const CreateProcessingJobInput& input, const std::string& arn) {
  const ProcessingClusterConfig& cluster = input.processing_resources.cluster_config;
  if (cluster.instance_preferences) {
    return not_supported("ClusterConfig.InstancePreferences", "give InstanceType and InstanceCount");
  }
  if (!cluster.instance_type || !cluster.instance_count)
    return invalid("ClusterConfig needs InstanceType and InstanceCount");
  job::Spec spec;
  spec.kind = "processing";
  spec.name = input.processing_job_name;
  spec.arn = arn;
  spec.role_arn = input.role_arn;
  spec.image = input.app_specification.image_uri;
  spec.entrypoint = input.app_specification.container_entrypoint.value_or(std::vector<std::string>());
  spec.arguments = input.app_specification.container_arguments.value_or(std::vector<std::string>());
  if (input.environment) {
    for (const auto& [name, value] : *input.environment) spec.environment.emplace_back(name, value);
  }
  spec.instance_count = static_cast<int>(*cluster.instance_count);
  spec.instance_type = *cluster.instance_type;
  spec.volume_bytes = cluster.volume_size_in_gb * gibibyte;
  spec.runtime_seconds_max =
      input.stopping_condition ? input.stopping_condition->max_runtime_in_seconds : runtime_seconds_default;
  spec.network_isolated = input.network_config && input.network_config->enable_network_isolation.value_or(false);
  if (spec.network_isolated && spec.instance_count > 1) {
    return not_supported("EnableNetworkIsolation with several instances", "use one instance");
  }
  spec.log_group = "/aws/sagemaker/ProcessingJobs";
  if (Outcome<void> added = add_data(spec, input); !added) return added.error();
  spec.files.emplace_back("/opt/ml/config/processingjobconfig.json", to_string(job_settings(input, arn)));
  spec.files.emplace_back("/opt/ml/config/resourceconfig.json", to_string(resource_settings(cluster)));
  return spec;
}

}  // namespace penstock::aws::sagemaker
