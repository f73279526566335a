// Change sets: create, describe, execute, delete, list.
#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation/request.h"
#include "aws/protocol/json_codec.h"

namespace penstock::aws::cloudformation {

namespace {

ChangeSetSummary wire_summary(const stack::ChangeSet& set) {
  ChangeSetSummary wire;
  wire.stack_id = set.stack_id;
  wire.stack_name = set.stack_name;
  wire.change_set_id = set.id;
  wire.change_set_name = set.name;
  wire.execution_status = set.execution_status;
  wire.status = set.status;
  wire.status_reason = if_any(set.reason);
  wire.creation_time = set.created;
  wire.description = if_any(set.description);
  wire.include_nested_stacks = false;
  return wire;
}

// Values are shown only to those who ask for them.
Outcome<Change> wire_change(Json change, bool with_values) {
  if (!with_values) {
    change.mutable_at("ResourceChange").erase("BeforeContext");
    change.mutable_at("ResourceChange").erase("AfterContext");
    Json& details = change.mutable_at("ResourceChange").mutable_at("Details");
    for (size_t index = 0; index < details.size(); ++index) {
      Json& target = details.mutable_at(index).mutable_at("Target");
      for (const char* member : {"BeforeValue", "AfterValue", "Path", "AttributeChangeType"}) target.erase(member);
    }
  }
  Change wire;
  Validation validation;
  Outcome<void> read =
      from_json(Change::table, change, &wire, validation, {JsonStyle::Names::model, JsonStyle::Times::iso8601, false});
  if (!read) return read.error();
  return wire;
}

}  // namespace

Outcome<CreateChangeSetOutput> create_change_set(Context& context, const CreateChangeSetInput& input) {
  std::string type = input.change_set_type.value_or("UPDATE");
  bool imports = type == "IMPORT" || (input.resources_to_import && !input.resources_to_import->empty()) ||
                 input.import_existing_resources.value_or(false);
  if (Outcome<void> served = refuse(imports, "Importing resources"); !served) return served.error();
  if (Outcome<void> served = refuse(input.include_nested_stacks.value_or(false), "IncludeNestedStacks"); !served)
    return served.error();
  bool topics = input.notification_arns && !input.notification_arns->empty();
  if (Outcome<void> served = refuse(topics, "NotificationARNs"); !served) return served.error();
  bool triggers = input.rollback_configuration && input.rollback_configuration->rollback_triggers &&
                  !input.rollback_configuration->rollback_triggers->empty();
  for (const auto& [asked, what] : {std::pair(triggers, "RollbackConfiguration"),
                                    {input.deployment_mode.has_value(), "DeploymentMode"},
                                    {input.deployment_config.has_value(), "DeploymentConfig"}}) {
    if (Outcome<void> served = refuse(asked, what); !served) return served.error();
  }
  stack::ChangeSetRequest request;
  request.stack.allowed_types = input.resource_types.value_or(std::vector<std::string>{});
  request.name = input.change_set_name;
  request.description = input.description.value_or("");
  request.creates = type == "CREATE";
  request.stack.asker = asker_of(context);
  request.stack.name = input.stack_name;
  request.stack.role_arn = input.role_arn.value_or("");
  Outcome<std::optional<std::string>> body = read_template(context, input.template_body, input.template_url);
  if (!body) return body.error();
  if (!*body && !input.use_previous_template.value_or(false)) {
    return Error{"ValidationError", "Either Template URL or Template Body must be specified."};
  }
  request.stack.template_body = std::move(*body);
  request.stack.parameters = given_parameters(input.parameters);
  Outcome<std::optional<Json>> tags = given_tags(input.tags);
  if (!tags) return tags.error();
  request.stack.tags = std::move(*tags);
  request.stack.capabilities = input.capabilities.value_or(std::vector<std::string>{});
  request.on_stack_failure = input.on_stack_failure.value_or("");
  if (input.on_stack_failure == "DO_NOTHING") request.stack.on_failure = stack::OnFailure::nothing;
  if (input.on_stack_failure == "DELETE") request.stack.on_failure = stack::OnFailure::remove;
  Outcome<stack::ChangeSet> made = context.platform.stacks.create_change_set(request);
  if (!made) return made.error();
  return CreateChangeSetOutput{made->id, made->stack_id};
}

Outcome<DescribeChangeSetOutput> describe_change_set(Context& context, const DescribeChangeSetInput& input) {
  Outcome<stack::ChangeSet> set =
      context.platform.stacks.change_set(asker_of(context), input.change_set_name, input.stack_name.value_or(""));
  if (!set) return set.error();
  DescribeChangeSetOutput output;
  output.change_set_name = set->name;
  output.change_set_id = set->id;
  output.stack_id = set->stack_id;
  output.stack_name = set->stack_name;
  output.description = if_any(set->description);
  std::vector<Parameter> parameters = shown_parameters(set->definition);
  if (!parameters.empty()) output.parameters = std::move(parameters);
  output.creation_time = set->created;
  output.execution_status = set->execution_status;
  output.status = set->status;
  output.status_reason = if_any(set->reason);
  output.notification_arns.emplace();
  output.rollback_configuration = RollbackConfiguration{};
  if (!set->definition.capabilities.empty()) output.capabilities = set->definition.capabilities;
  std::vector<Tag> tags = shown_tags(set->definition.tags);
  if (!tags.empty()) output.tags = std::move(tags);
  output.include_nested_stacks = false;
  output.on_stack_failure = set->on_stack_failure.empty() ? std::nullopt : std::optional(set->on_stack_failure);
  output.changes.emplace();
  std::vector<Json> changes(set->changes.items().begin(), set->changes.items().end());
  Outcome<std::vector<Json>> page = take_page(std::move(changes), input.next_token, output.next_token);
  if (!page) return page.error();
  for (Json& change : *page) {
    Outcome<Change> wire = wire_change(std::move(change), input.include_property_values.value_or(false));
    if (!wire) return wire.error();
    output.changes->push_back(std::move(*wire));
  }
  return output;
}

Outcome<ExecuteChangeSetOutput> execute_change_set(Context& context, const ExecuteChangeSetInput& input) {
  Outcome<std::string> id = context.platform.stacks.execute_change_set(
      asker_of(context), input.change_set_name, input.stack_name.value_or(""),
      {input.disable_rollback, input.retain_except_on_create.value_or(false), input.client_request_token.value_or("")});
  if (!id) return id.error();
  context.platform.stacks.wait_ended(*id, end_wait_milliseconds);
  return ExecuteChangeSetOutput{};
}

Outcome<DeleteChangeSetOutput> delete_change_set(Context& context, const DeleteChangeSetInput& input) {
  Outcome<void> removed = context.platform.stacks.delete_change_set(asker_of(context), input.change_set_name,
                                                                    input.stack_name.value_or(""));
  if (!removed) return removed.error();
  return DeleteChangeSetOutput{};
}

Outcome<ListChangeSetsOutput> list_change_sets(Context& context, const ListChangeSetsInput& input) {
  Outcome<stack::Stack> found = context.platform.stacks.find(asker_of(context), input.stack_name);
  if (!found) return found.error();
  ListChangeSetsOutput output;
  Outcome<std::vector<stack::ChangeSet>> page =
      take_page(context.platform.stacks.change_sets(found->id), input.next_token, output.next_token);
  if (!page) return page.error();
  output.summaries.emplace();
  for (const stack::ChangeSet& set : *page) output.summaries->push_back(wire_summary(set));
  return output;
}

}  // namespace penstock::aws::cloudformation
