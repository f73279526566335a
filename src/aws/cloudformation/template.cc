// Templates: validate, summarize, give back.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "aws/cloudformation/request.h"
#include "core/stack/functions.h"

namespace penstock::aws::cloudformation {

namespace {

std::optional<std::string> default_of(const Json& declaration) {
  std::string text;
  if (!stack::scalar_text(declaration["Default"], text)) return std::nullopt;
  return text;
}

std::string capabilities_reason(const stack::Template& from, const stack::ResourceTypes& types) {
  std::vector<std::string> named;
  for (const JsonMember& resource : from.section("Resources").members()) {
    std::string type(resource.value.text("Type"));
    const stack::ResourceSchema* schema = types.find(type);
    if (schema && schema->is_iam && std::ranges::find(named, type) == named.end()) named.push_back(type);
  }
  if (named.empty()) {
    return fmt::format("The following transform(s) require capabilities: [{}]",
                       fmt::join(stack::transforms_of(from), ", "));
  }
  return fmt::format("The following resource(s) require capabilities: [{}]", fmt::join(named, ", "));
}

Outcome<stack::Template> wanted_template(Context& context, const std::optional<std::string>& body,
                                         const std::optional<std::string>& url) {
  Outcome<std::optional<std::string>> text = read_template(context, body, url);
  if (!text) return text.error();
  if (!*text) return Error{"ValidationError", "Either Template URL or Template Body must be specified."};
  return stack::parse_template(std::move(**text));
}

ParameterDeclaration declaration_of(const JsonMember& parameter) {
  ParameterDeclaration declaration;
  declaration.parameter_key = parameter.key;
  declaration.default_value = default_of(parameter.value);
  declaration.parameter_type = std::string(parameter.value.text("Type"));
  declaration.no_echo = stack::is_no_echo(parameter.value);
  declaration.description = if_any(std::string(parameter.value.text("Description")));
  ParameterConstraints& constraints = declaration.parameter_constraints.emplace();
  const Json& allowed = parameter.value["AllowedValues"];
  if (!allowed.is_array()) return declaration;
  constraints.allowed_values.emplace();
  for (const Json& value : allowed.items()) {
    std::string text;
    if (stack::scalar_text(value, text)) constraints.allowed_values->push_back(text);
  }
  return declaration;
}

// By which property each type's resources are known; of types whose names users choose.
std::vector<ResourceIdentifierSummary> identifier_summaries(const stack::Template& from,
                                                            const stack::ResourceTypes& types) {
  std::vector<ResourceIdentifierSummary> summaries;
  for (const JsonMember& resource : from.section("Resources").members()) {
    std::string type(resource.value.text("Type"));
    const stack::ResourceSchema* schema = types.find(type);
    if (!schema || schema->name_property.empty()) continue;
    auto found = std::ranges::find(summaries, std::optional(type), &ResourceIdentifierSummary::resource_type);
    if (found == summaries.end()) {
      ResourceIdentifierSummary& summary = summaries.emplace_back();
      summary.resource_type = type;
      summary.resource_identifiers = std::vector<std::string>{std::string(schema->name_property)};
      summary.logical_resource_ids.emplace();
      found = std::prev(summaries.end());
    }
    found->logical_resource_ids->push_back(resource.key);
  }
  return summaries;
}

}  // namespace

Outcome<ValidateTemplateOutput> validate_template(Context& context, const ValidateTemplateInput& input) {
  Outcome<stack::Template> wanted = wanted_template(context, input.template_body, input.template_url);
  if (!wanted) return wanted.error();
  const stack::ResourceTypes& types = context.platform.stacks.types();
  // An unknown type without a condition can never be made: better said now.
  Outcome<void> checked = stack::check_types(*wanted, stack::unconditional_resources(*wanted), types);
  if (!checked) return checked.error();
  ValidateTemplateOutput output;
  output.description = if_any(std::string(wanted->text.value.text("Description")));
  output.parameters.emplace();
  if (wanted->section("Parameters").is_object()) {
    for (const JsonMember& parameter : wanted->section("Parameters").members()) {
      output.parameters->push_back({parameter.key, default_of(parameter.value), stack::is_no_echo(parameter.value),
                                    if_any(std::string(parameter.value.text("Description")))});
    }
  }
  std::vector<std::string> capabilities = stack::needed_capabilities(*wanted, types);
  if (!capabilities.empty()) {
    output.capabilities = std::move(capabilities);
    output.capabilities_reason = capabilities_reason(*wanted, types);
  }
  std::vector<std::string> transforms = stack::transforms_of(*wanted);
  if (!transforms.empty()) output.declared_transforms = std::move(transforms);
  return output;
}

namespace {

// The template as it was given, or after its transform.
Outcome<std::string> template_stage(const stack::Definition& definition, const std::optional<std::string>& stage) {
  if (stage != "Processed") return definition.template_body;
  stack::ParameterValues values = definition.values();
  Outcome<stack::Template> processed = stack::parse_template(definition.template_body, &values);
  if (!processed) return processed.error();
  bool written_out = stack::extends_language(*processed);
  return written_out ? to_string(processed->text.value) : definition.template_body;
}

}  // namespace

Outcome<GetTemplateOutput> get_template(Context& context, const GetTemplateInput& input) {
  stack::Definition definition;
  if (input.change_set_name) {
    Outcome<stack::ChangeSet> set =
        context.platform.stacks.change_set(asker_of(context), *input.change_set_name, input.stack_name.value_or(""));
    if (!set) return set.error();
    definition = std::move(set->definition);
  } else if (input.stack_name) {
    Outcome<stack::Stack> found = context.platform.stacks.find(asker_of(context), *input.stack_name);
    if (!found) return found.error();
    definition = std::move(found->definition);
  } else {
    return Error{"ValidationError", "StackName or ChangeSetName must be specified."};
  }
  GetTemplateOutput output;
  output.stages_available = {"Original", "Processed"};
  Outcome<std::string> body = template_stage(definition, input.template_stage);
  if (!body) return body.error();
  output.template_body = std::move(*body);
  return output;
}

Outcome<GetTemplateSummaryOutput> get_template_summary(Context& context, const GetTemplateSummaryInput& input) {
  if (Outcome<void> served = refuse(input.stack_set_name.has_value(), "StackSetName"); !served) return served.error();
  std::optional<std::string> body = input.template_body;
  if (input.stack_name) {
    Outcome<stack::Stack> found = context.platform.stacks.find(asker_of(context), *input.stack_name);
    if (!found) return found.error();
    body = found->definition.template_body;
  }
  Outcome<stack::Template> wanted = wanted_template(context, body, input.template_url);
  if (!wanted) return wanted.error();
  const stack::ResourceTypes& types = context.platform.stacks.types();
  GetTemplateSummaryOutput output;
  output.parameters.emplace();
  if (wanted->section("Parameters").is_object()) {
    for (const JsonMember& parameter : wanted->section("Parameters").members()) {
      output.parameters->push_back(declaration_of(parameter));
    }
  }
  output.description = if_any(std::string(wanted->text.value.text("Description")));
  output.version = if_any(std::string(wanted->text.value.text("AWSTemplateFormatVersion")));
  std::vector<std::string> capabilities = stack::needed_capabilities(*wanted, types);
  if (!capabilities.empty()) {
    output.capabilities = std::move(capabilities);
    output.capabilities_reason = capabilities_reason(*wanted, types);
  }
  output.resource_types.emplace();
  for (const JsonMember& resource : wanted->section("Resources").members()) {
    std::string type(resource.value.text("Type"));
    if (std::ranges::find(*output.resource_types, type) == output.resource_types->end())
      output.resource_types->push_back(type);
  }
  output.resource_identifier_summaries = identifier_summaries(*wanted, types);
  if (const Json* metadata = wanted->text.value.find("Metadata")) output.metadata = to_string(*metadata);
  std::vector<std::string> transforms = stack::transforms_of(*wanted);
  if (!transforms.empty()) output.declared_transforms = std::move(transforms);
  return output;
}

}  // namespace penstock::aws::cloudformation
