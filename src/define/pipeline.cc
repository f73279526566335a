#include <fmt/format.h>

#include "core/pipeline/program.h"
#include "define/graph_svg.h"
#include "define/node.h"
#include "define/writer.h"

namespace penstock::define {

namespace {

Json asl(const PipelineNode& pipeline, Writer& writer) {
  Json json = Json::object();
  if (!pipeline.options.comment.empty()) json.set("Comment", pipeline.options.comment);
  const Json flow = writer.flow(*pipeline.flow, "");
  for (const JsonMember& member : flow.members()) json.set(member.key, member.value);
  if (pipeline.options.timeout_seconds) json.set("TimeoutSeconds", *pipeline.options.timeout_seconds);
  return json;
}

std::string_view schema_type(Type type) {
  switch (type) {
    case Type::text:
      return "string";
    case Type::number:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::object:
      return "object";
    case Type::list:
      return "array";
    case Type::any:
      break;
  }
  return "";
}

// A parameter of a CloudFormation template.
Json parameter_json(const std::string& description, const std::optional<std::string>& otherwise) {
  Json json = Json::object({{"Type", "String"}});
  if (!description.empty()) json.set("Description", description);
  if (otherwise) json.set("Default", *otherwise);
  return json;
}

Json reference(std::string_view name) {
  return Json::object({{"Ref", name}});
}

}  // namespace

Pipeline::Pipeline(std::string name, PipelineOptions options)
    : Flow(std::make_shared<FlowNode>()), pipeline_(std::make_shared<PipelineNode>()) {
  pipeline_->name = std::move(name);
  pipeline_->options = std::move(options);
  pipeline_->flow = node_;
}

ExecutionInput Pipeline::input(std::vector<InputField> fields) {
  pipeline_->fields = std::move(fields);
  return ExecutionInput(pipeline_);
}

Value Pipeline::parameter(std::string name, std::string description, std::optional<std::string> otherwise) {
  pipeline_->parameters.push_back({name, std::move(description), std::move(otherwise)});
  return make_value({.what = ValueNode::What::parameter, .text = std::move(name), .type = Type::text});
}

std::vector<Finding> Pipeline::check() const {
  Writer writer;
  const std::string text = to_string(asl(*pipeline_, writer));
  std::vector<Finding> findings = std::move(writer.findings);
  // What is not written as it was meant would only be found a second time.
  if (!findings.empty()) return findings;
  for (const pipeline::Diagnostic& diagnostic : pipeline::compile(text, {}).diagnostics)
    findings.push_back({diagnostic.code, diagnostic.message, diagnostic.location});
  return findings;
}

std::string Pipeline::to_asl() const {
  Writer writer;
  return to_pretty_string(asl(*pipeline_, writer)) + "\n";
}

std::string Pipeline::to_input_schema() const {
  Json properties = Json::object();
  Json required = Json::array();
  if (pipeline_->fields) {
    for (const InputField& field : *pipeline_->fields) {
      Json property = Json::object();
      if (field.type != Type::any) property.set("type", schema_type(field.type));
      if (!field.description.empty()) property.set("description", field.description);
      properties.set(field.name, std::move(property));
      required.push_back(field.name);
    }
  }
  return to_pretty_string(Json::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                        {"title", pipeline_->name},
                                        {"type", "object"},
                                        {"properties", std::move(properties)},
                                        {"required", std::move(required)}})) +
         "\n";
}

namespace {

// The schema as Penstock's Step Functions checks it when an execution starts (aws/states/input_schema.h).
Json schema_tags(const std::vector<InputField>& fields) {
  Json tags = Json::array();
  for (const InputField& field : fields) {
    const std::string_view type = field.type == Type::any ? "any" : schema_type(field.type);
    tags.push_back(Json::object({{"Key", "penstock:input/" + field.name}, {"Value", type}}));
  }
  return tags;
}

}  // namespace

std::string Pipeline::to_cloudformation() const {
  Writer writer;
  Json parameters = Json::object();
  parameters.set("PipelineName", parameter_json("Name of the state machine", pipeline_->name));
  parameters.set("RoleArn", parameter_json("Role that the pipeline runs as", std::nullopt));
  Json substitutions = Json::object();
  for (const ParameterNode& parameter : pipeline_->parameters) {
    parameters.set(parameter.name, parameter_json(parameter.description, parameter.otherwise));
    substitutions.set(parameter.name, reference(parameter.name));
  }
  Json properties = Json::object({{"StateMachineName", reference("PipelineName")},
                                  {"RoleArn", reference("RoleArn")},
                                  {"Definition", asl(*pipeline_, writer)}});
  if (pipeline_->fields) properties.set("Tags", schema_tags(*pipeline_->fields));
  if (substitutions.size() > 0) properties.set("DefinitionSubstitutions", std::move(substitutions));
  const Json machine =
      Json::object({{"Type", "AWS::StepFunctions::StateMachine"}, {"Properties", std::move(properties)}});
  const Json output = Json::object({{"Value", reference("Pipeline")}});
  return to_pretty_string(Json::object({{"AWSTemplateFormatVersion", "2010-09-09"},
                                        {"Description", pipeline_->options.comment},
                                        {"Parameters", std::move(parameters)},
                                        {"Resources", Json::object({{"Pipeline", machine}})},
                                        {"Outputs", Json::object({{"StateMachineArn", output}})}})) +
         "\n";
}

std::string Pipeline::to_svg() const {
  Writer writer;
  return graph_svg(asl(*pipeline_, writer));
}

}  // namespace penstock::define
