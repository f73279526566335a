#include "core/job/job.h"

#include <string_view>

#include "base/json_read.h"

namespace penstock::job {

namespace {

Json pairs(const Variables& values) {
  Json list = Json::array();
  for (const auto& [name, value] : values) list.push_back(list_of({name, value}));
  return list;
}

Variables pairs_from(const Json& list) {
  Variables values;
  if (!list.is_array()) return values;
  for (const Json& item : list.items()) {
    std::vector<std::string> parts = texts_of(item);
    if (parts.size() == 2) values.emplace_back(parts[0], parts[1]);
  }
  return values;
}

Json to_json(const Input& input) {
  return Json::object({{"name", input.name},
                       {"uri", input.uri},
                       {"path", input.path},
                       {"sharded_by_key", input.sharded_by_key},
                       {"manifest", input.manifest},
                       {"content_type", input.content_type},
                       {"input_mode", input.input_mode},
                       {"optional", input.optional},
                       {"own_copy", input.own_copy}});
}

Json to_json(const Output& output) {
  return Json::object({{"name", output.name},
                       {"uri", output.uri},
                       {"path", output.path},
                       {"archive", output.archive},
                       {"keep_when_failed", output.keep_when_failed},
                       {"skip_when_empty", output.skip_when_empty}});
}

}  // namespace

Json to_json(const Spec& spec) {
  Json inputs = Json::array();
  for (const Input& input : spec.inputs) inputs.push_back(to_json(input));
  Json outputs = Json::array();
  for (const Output& output : spec.outputs) outputs.push_back(to_json(output));
  Json metrics = Json::array();
  for (const MetricDefinition& metric : spec.metrics) {
    metrics.push_back(Json::object({{"name", metric.name}, {"regex", metric.regex}}));
  }
  return Json::object({{"kind", spec.kind},
                       {"name", spec.name},
                       {"arn", spec.arn},
                       {"role_arn", spec.role_arn},
                       {"image", spec.image},
                       {"entrypoint", list_of(spec.entrypoint)},
                       {"arguments", list_of(spec.arguments)},
                       {"environment", pairs(spec.environment)},
                       {"inputs", std::move(inputs)},
                       {"outputs", std::move(outputs)},
                       {"instance_count", spec.instance_count},
                       {"instance_type", spec.instance_type},
                       {"volume_bytes", spec.volume_bytes},
                       {"runtime_seconds_max", spec.runtime_seconds_max},
                       {"metrics", std::move(metrics)},
                       {"network_isolated", spec.network_isolated},
                       {"files", pairs(spec.files)},
                       {"log_group", spec.log_group},
                       {"output_key", spec.output_key}});
}

Spec spec_from_json(const Json& json) {
  Spec spec;
  spec.kind = json.text("kind");
  spec.name = json.text("name");
  spec.arn = json.text("arn");
  spec.role_arn = json.text("role_arn");
  spec.image = json.text("image");
  spec.entrypoint = texts_of(json["entrypoint"]);
  spec.arguments = texts_of(json["arguments"]);
  spec.environment = pairs_from(json["environment"]);
  if (json["inputs"].is_array()) {
    for (const Json& input : json["inputs"].items()) {
      spec.inputs.push_back(
          {std::string(input.text("name")), std::string(input.text("uri")), std::string(input.text("path")),
           flag_in(input, "sharded_by_key"), flag_in(input, "manifest"), std::string(input.text("content_type")),
           std::string(input.text("input_mode", "File")), flag_in(input, "optional"), flag_in(input, "own_copy")});
    }
  }
  if (json["outputs"].is_array()) {
    for (const Json& output : json["outputs"].items()) {
      spec.outputs.push_back({std::string(output.text("name")), std::string(output.text("uri")),
                              std::string(output.text("path")), flag_in(output, "archive"),
                              flag_in(output, "keep_when_failed"), flag_in(output, "skip_when_empty")});
    }
  }
  spec.instance_count = static_cast<int>(integer_in(json, "instance_count").value_or(1));
  spec.instance_type = json.text("instance_type");
  spec.volume_bytes = integer_in(json, "volume_bytes").value_or(0);
  spec.runtime_seconds_max = integer_in(json, "runtime_seconds_max").value_or(86'400);
  if (json["metrics"].is_array()) {
    for (const Json& metric : json["metrics"].items()) {
      spec.metrics.push_back({std::string(metric.text("name")), std::string(metric.text("regex"))});
    }
  }
  spec.network_isolated = flag_in(json, "network_isolated");
  spec.files = pairs_from(json["files"]);
  spec.log_group = json.text("log_group");
  spec.output_key = json.text("output_key");
  return spec;
}

}  // namespace penstock::job
