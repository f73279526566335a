// What a stack holds and what happened to it.
#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation/request.h"

namespace penstock::aws::cloudformation {

namespace {

// The drift of each of a stack's resources, as it was found last.
class Drifts {
 public:
  Drifts(Context& context, const std::string& stack_id) : found_(context.platform.stacks.drifts(stack_id)) {}

  // StackResourceDriftInformation, or the same of a summary.
  template <class Wire>
  Wire of(const stack::Resource& resource) const {
    auto found = std::ranges::find(found_, resource.logical_id, &stack::Drift::logical_id);
    if (found == found_.end()) return {"NOT_CHECKED", std::nullopt};
    return {found->status, found->checked};
  }

 private:
  std::vector<stack::Drift> found_;
};

// What StackResource, StackResourceDetail and StackResourceSummary have in common.
template <class Wire>
Wire wire_row(const stack::Resource& resource) {
  Wire wire;
  wire.logical_resource_id = resource.logical_id;
  wire.physical_resource_id = if_any(resource.physical_id);
  wire.resource_type = resource.type;
  wire.resource_status = resource.status;
  wire.resource_status_reason = if_any(resource.reason);
  return wire;
}

StackResource wire_resource(const stack::Stack& owner, const stack::Resource& resource, const Drifts& drifts) {
  auto wire = wire_row<StackResource>(resource);
  wire.stack_name = owner.name;
  wire.stack_id = owner.id;
  wire.timestamp = resource.updated;
  wire.drift_information = drifts.of<StackResourceDriftInformation>(resource);
  return wire;
}

StackResourceDetail wire_detail(const stack::Stack& owner, const stack::Resource& resource, const Drifts& drifts) {
  auto wire = wire_row<StackResourceDetail>(resource);
  wire.stack_name = owner.name;
  wire.stack_id = owner.id;
  wire.last_updated_timestamp = resource.updated;
  wire.metadata = to_string(resource.metadata);
  wire.drift_information = drifts.of<StackResourceDriftInformation>(resource);
  return wire;
}

Error no_such_resource(const stack::Stack& owner, std::string_view logical_id) {
  return Error{"ValidationError", fmt::format("Resource {} does not exist for stack {}", logical_id, owner.name)};
}

}  // namespace

Outcome<DescribeStackEventsOutput> describe_stack_events(Context& context, const DescribeStackEventsInput& input) {
  Outcome<stack::Stack> owner = context.platform.stacks.find(asker_of(context), input.stack_name);
  if (!owner) return owner.error();
  DescribeStackEventsOutput output;
  Outcome<std::vector<stack::Event>> page =
      take_page(context.platform.stacks.events(owner->id), input.next_token, output.next_token);
  if (!page) return page.error();
  output.stack_events.emplace();
  for (const stack::Event& event : *page) {
    StackEvent& wire = output.stack_events->emplace_back();
    wire.stack_id = event.stack_id;
    wire.event_id = event.id;
    wire.stack_name = event.stack_name;
    wire.logical_resource_id = event.logical_id;
    wire.physical_resource_id = event.physical_id;
    wire.resource_type = event.type;
    wire.timestamp = event.time;
    wire.resource_status = event.status;
    wire.resource_status_reason = if_any(event.reason);
    wire.resource_properties = if_any(event.properties);
    wire.client_request_token = if_any(event.token);
  }
  return output;
}

Outcome<DescribeStackResourceOutput> describe_stack_resource(Context& context,
                                                             const DescribeStackResourceInput& input) {
  Outcome<stack::Stack> owner = context.platform.stacks.find(asker_of(context), input.stack_name);
  if (!owner) return owner.error();
  for (const stack::Resource& resource : context.platform.stacks.resources(owner->id)) {
    if (resource.logical_id != input.logical_resource_id) continue;
    DescribeStackResourceOutput output;
    output.stack_resource_detail = wire_detail(*owner, resource, Drifts(context, owner->id));
    return output;
  }
  return no_such_resource(*owner, input.logical_resource_id);
}

Outcome<DescribeStackResourcesOutput> describe_stack_resources(Context& context,
                                                               const DescribeStackResourcesInput& input) {
  stack::Asker asker = asker_of(context);
  if (input.stack_name.has_value() == input.physical_resource_id.has_value()) {
    return Error{"ValidationError", "Exactly one of StackName and PhysicalResourceId must be specified."};
  }
  std::vector<stack::Stack> owners;
  if (input.stack_name) {
    Outcome<stack::Stack> owner = context.platform.stacks.find(asker, *input.stack_name);
    if (!owner) return owner.error();
    owners.push_back(std::move(*owner));
  } else {
    owners = context.platform.stacks.list(asker);
  }
  DescribeStackResourcesOutput output;
  output.stack_resources.emplace();
  for (const stack::Stack& owner : owners) {
    std::vector<stack::Resource> resources = context.platform.stacks.resources(owner.id);
    bool holds = input.stack_name || std::ranges::any_of(resources, [&](const stack::Resource& one) {
                   return one.physical_id == *input.physical_resource_id;
                 });
    if (!holds) continue;
    Drifts drifts(context, owner.id);
    for (const stack::Resource& resource : resources) {
      if (input.logical_resource_id && resource.logical_id != *input.logical_resource_id) continue;
      output.stack_resources->push_back(wire_resource(owner, resource, drifts));
    }
    break;
  }
  if (input.stack_name && input.logical_resource_id && output.stack_resources->empty()) {
    return no_such_resource(owners[0], *input.logical_resource_id);
  }
  if (!input.stack_name && output.stack_resources->empty()) {
    return Error{"ValidationError", fmt::format("Stack for {} does not exist", *input.physical_resource_id)};
  }
  return output;
}

Outcome<ListStackResourcesOutput> list_stack_resources(Context& context, const ListStackResourcesInput& input) {
  Outcome<stack::Stack> owner = context.platform.stacks.find(asker_of(context), input.stack_name);
  if (!owner) return owner.error();
  ListStackResourcesOutput output;
  Outcome<std::vector<stack::Resource>> page =
      take_page(context.platform.stacks.resources(owner->id), input.next_token, output.next_token);
  if (!page) return page.error();
  output.stack_resource_summaries.emplace();
  Drifts drifts(context, owner->id);
  for (const stack::Resource& resource : *page) {
    auto wire = wire_row<StackResourceSummary>(resource);
    wire.last_updated_timestamp = resource.updated;
    wire.drift_information = drifts.of<StackResourceDriftInformationSummary>(resource);
    output.stack_resource_summaries->push_back(std::move(wire));
  }
  return output;
}

}  // namespace penstock::aws::cloudformation
