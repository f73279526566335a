// Stacks: create, update, delete, describe; exports and imports.
#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation/request.h"

namespace penstock::aws::cloudformation {

namespace {

Outcome<stack::OnFailure> on_failure_of(const std::optional<std::string>& text,
                                        const std::optional<bool>& disable_rollback) {
  if (text && disable_rollback)
    return Error{"ValidationError", "You can specify only one of DisableRollback or OnFailure."};
  if (disable_rollback.value_or(false) || text == "DO_NOTHING") return stack::OnFailure::nothing;
  return text == "DELETE" ? stack::OnFailure::remove : stack::OnFailure::rollback;
}

// Members that both CreateStack and UpdateStack have.
template <class Input>
Outcome<stack::StackRequest> request_of(Context& context, const Input& input) {
  stack::StackRequest request;
  request.asker = asker_of(context);
  request.name = input.stack_name;
  Outcome<std::optional<std::string>> body = read_template(context, input.template_body, input.template_url);
  if (!body) return body.error();
  request.template_body = std::move(*body);
  request.parameters = given_parameters(input.parameters);
  Outcome<std::optional<Json>> tags = given_tags(input.tags);
  if (!tags) return tags.error();
  request.tags = std::move(*tags);
  request.capabilities = input.capabilities.value_or(std::vector<std::string>{});
  request.token = input.client_request_token.value_or("");
  bool triggers = input.rollback_configuration && input.rollback_configuration->rollback_triggers &&
                  !input.rollback_configuration->rollback_triggers->empty();
  if (Outcome<void> served = refuse(triggers, "RollbackConfiguration"); !served) return served.error();
  if (Outcome<void> served = refuse(input.deployment_config.has_value(), "DeploymentConfig"); !served) {
    return served.error();
  }
  request.allowed_types = input.resource_types.value_or(std::vector<std::string>{});
  request.retains_except_on_create = input.retain_except_on_create.value_or(false);
  request.role_arn = input.role_arn.value_or("");  // that it trusts us was checked with the call's permissions
  Outcome<std::optional<std::string>> policy = read_policy(context, input.stack_policy_body, input.stack_policy_url);
  if (!policy) return policy.error();
  request.policy = std::move(*policy);
  bool topics = input.notification_arns && !input.notification_arns->empty();
  if (Outcome<void> served = refuse(topics, "NotificationARNs"); !served) return served.error();
  return request;
}

// StackDriftInformation, or the same of a summary.
template <class Wire>
Wire drift_of(const stack::Stacks& stacks, const std::string& stack_id) {
  std::optional<stack::DriftDetection> last = stacks.last_drift_detection(stack_id);
  if (!last) return {"NOT_CHECKED", std::nullopt};
  return {last->status, last->checked};
}

Stack wire_stack(const stack::Stacks& stacks, const stack::Stack& stack) {
  Stack wire;
  wire.stack_id = stack.id;
  wire.stack_name = stack.name;
  wire.change_set_id = if_any(stack.change_set_id);
  wire.description = if_any(stack.description);
  std::vector<Parameter> parameters = shown_parameters(stack.definition);
  if (!parameters.empty()) wire.parameters = std::move(parameters);
  wire.creation_time = stack.created;
  wire.last_updated_time = stack.updated;
  wire.deletion_time = stack.deleted;
  wire.rollback_configuration = RollbackConfiguration{};
  wire.role_arn = if_any(stack.role_arn);
  wire.stack_status = stack.status;
  wire.stack_status_reason = if_any(stack.reason);
  wire.disable_rollback = stack.on_failure == stack::OnFailure::nothing;
  wire.notification_arns.emplace();
  if (!stack.definition.capabilities.empty()) wire.capabilities = stack.definition.capabilities;
  for (const stack::Output& output : stack.outputs) {
    if (!wire.outputs) wire.outputs.emplace();
    wire.outputs->push_back({output.key, output.value, if_any(output.description), if_any(output.export_name)});
  }
  wire.tags = shown_tags(stack.definition.tags);
  wire.timeout_in_minutes = stack.timeout_minutes;
  wire.enable_termination_protection = stack.termination_protection;
  wire.parent_id = if_any(stack.parent_id);
  wire.root_id = if_any(stack.root_id);
  wire.drift_information = drift_of<StackDriftInformation>(stacks, stack.id);
  return wire;
}

StackSummary wire_summary(const stack::Stacks& stacks, const stack::Stack& stack) {
  StackSummary wire;
  wire.stack_id = stack.id;
  wire.stack_name = stack.name;
  wire.template_description = if_any(stack.description);
  wire.creation_time = stack.created;
  wire.last_updated_time = stack.updated;
  wire.deletion_time = stack.deleted;
  wire.stack_status = stack.status;
  wire.stack_status_reason = if_any(stack.reason);
  wire.parent_id = if_any(stack.parent_id);
  wire.root_id = if_any(stack.root_id);
  wire.drift_information = drift_of<StackDriftInformationSummary>(stacks, stack.id);
  return wire;
}

}  // namespace

Outcome<CreateStackOutput> create_stack(Context& context, const CreateStackInput& input) {
  Outcome<stack::StackRequest> request = request_of(context, input);
  if (!request) return request.error();
  Outcome<stack::OnFailure> on_failure = on_failure_of(input.on_failure, input.disable_rollback);
  if (!on_failure) return on_failure.error();
  request->on_failure = *on_failure;
  request->timeout_minutes = input.timeout_in_minutes;
  request->termination_protection = input.enable_termination_protection.value_or(false);
  Outcome<std::string> id = context.platform.stacks.create(*request);
  if (!id) return id.error();
  context.platform.stacks.wait_ended(*id, end_wait_milliseconds);
  CreateStackOutput output;
  output.stack_id = *id;
  return output;
}

Outcome<UpdateStackOutput> update_stack(Context& context, const UpdateStackInput& input) {
  Outcome<stack::StackRequest> request = request_of(context, input);
  if (!request) return request.error();
  if (!input.use_previous_template.value_or(false) && !request->template_body) {
    return Error{"ValidationError", "Either Template URL or Template Body must be specified."};
  }
  Outcome<std::optional<std::string>> policy =
      read_policy(context, input.stack_policy_during_update_body, input.stack_policy_during_update_url);
  if (!policy) return policy.error();
  request->policy_during_update = policy->value_or("");
  if (input.disable_rollback.value_or(false)) request->on_failure = stack::OnFailure::nothing;
  Outcome<std::string> id = context.platform.stacks.update(*request);
  if (!id) return id.error();
  context.platform.stacks.wait_ended(*id, end_wait_milliseconds);
  UpdateStackOutput output;
  output.stack_id = *id;
  return output;
}

Outcome<DeleteStackOutput> delete_stack(Context& context, const DeleteStackInput& input) {
  stack::Stacks& stacks = context.platform.stacks;
  stack::Asker asker = asker_of(context);
  Outcome<stack::Stack> known = stacks.find(asker, input.stack_name);
  if (Outcome<void> served = refuse(input.deployment_config.has_value(), "DeploymentConfig"); !served) {
    return served.error();
  }
  Outcome<void> removed =
      stacks.remove(asker, input.stack_name,
                    {input.retain_resources.value_or(std::vector<std::string>{}), input.role_arn.value_or(""),
                     input.deletion_mode == "FORCE_DELETE_STACK", input.client_request_token.value_or("")});
  if (!removed) return removed.error();
  if (known.ok()) stacks.wait_ended(known->id, end_wait_milliseconds);
  return DeleteStackOutput{};
}

Outcome<DescribeStacksOutput> describe_stacks(Context& context, const DescribeStacksInput& input) {
  stack::Asker asker = asker_of(context);
  DescribeStacksOutput output;
  std::vector<stack::Stack> found;
  if (input.stack_name) {
    Outcome<stack::Stack> one = context.platform.stacks.find(asker, *input.stack_name);
    if (!one) return one.error();
    found.push_back(std::move(*one));
  } else {
    found = context.platform.stacks.list(asker);
    std::erase_if(found, [](const stack::Stack& one) { return one.status == "DELETE_COMPLETE"; });
  }
  Outcome<std::vector<stack::Stack>> page = take_page(std::move(found), input.next_token, output.next_token);
  if (!page) return page.error();
  output.stacks.emplace();
  for (const stack::Stack& one : *page) output.stacks->push_back(wire_stack(context.platform.stacks, one));
  return output;
}

Outcome<ListStacksOutput> list_stacks(Context& context, const ListStacksInput& input) {
  std::vector<stack::Stack> found = context.platform.stacks.list(asker_of(context));
  if (input.stack_status_filter && !input.stack_status_filter->empty()) {
    std::erase_if(found, [&](const stack::Stack& one) {
      return std::ranges::find(*input.stack_status_filter, one.status) == input.stack_status_filter->end();
    });
  }
  ListStacksOutput output;
  Outcome<std::vector<stack::Stack>> page = take_page(std::move(found), input.next_token, output.next_token);
  if (!page) return page.error();
  output.stack_summaries.emplace();
  for (const stack::Stack& one : *page) output.stack_summaries->push_back(wire_summary(context.platform.stacks, one));
  return output;
}

Outcome<UpdateTerminationProtectionOutput> update_termination_protection(
    Context& context, const UpdateTerminationProtectionInput& input) {
  Outcome<std::string> id =
      context.platform.stacks.protect(asker_of(context), input.stack_name, input.enable_termination_protection);
  if (!id) return id.error();
  return UpdateTerminationProtectionOutput{*id};
}

Outcome<ListExportsOutput> list_exports(Context& context, const ListExportsInput& input) {
  std::vector<Export> exports;
  for (const stack::Stack& one : context.platform.stacks.list(asker_of(context))) {
    for (const stack::Output& output : one.outputs) {
      if (!output.export_name.empty()) exports.push_back({one.id, output.export_name, output.value});
    }
  }
  ListExportsOutput output;
  Outcome<std::vector<Export>> page = take_page(std::move(exports), input.next_token, output.next_token);
  if (!page) return page.error();
  output.exports = std::move(*page);
  return output;
}

Outcome<ListImportsOutput> list_imports(Context& context, const ListImportsInput& input) {
  std::vector<std::string> names;
  for (const stack::Stack& one : context.platform.stacks.importing(asker_of(context), input.export_name)) {
    names.push_back(one.name);
  }
  if (names.empty()) {
    return Error{"ValidationError", fmt::format("Export '{}' is not imported by any stack.", input.export_name)};
  }
  ListImportsOutput output;
  Outcome<std::vector<std::string>> page = take_page(std::move(names), input.next_token, output.next_token);
  if (!page) return page.error();
  output.imports = std::move(*page);
  return output;
}

}  // namespace penstock::aws::cloudformation
