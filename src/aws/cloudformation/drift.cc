// Drift: look for it, tell of it.
#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation/request.h"

namespace penstock::aws::cloudformation {

namespace {

StackResourceDrift wire_drift(const std::string& stack_id, const stack::Drift& drift) {
  StackResourceDrift wire;
  wire.stack_id = stack_id;
  wire.logical_resource_id = drift.logical_id;
  wire.physical_resource_id = if_any(drift.physical_id);
  wire.resource_type = drift.type;
  wire.stack_resource_drift_status = drift.status;
  wire.timestamp = drift.checked;
  wire.drift_status_reason = if_any(drift.reason);
  if (drift.status == "NOT_CHECKED") return wire;
  wire.expected_properties = to_string(drift.expected);
  if (drift.status == "DELETED") return wire;
  wire.actual_properties = to_string(drift.actual);
  wire.property_differences.emplace();
  // What is expected and not there was found to be missing.
  Json actual = drift.actual;
  for (const JsonMember& member : drift.expected.members()) {
    if (!actual.find(member.key)) actual.set(member.key, Json());
  }
  for (const stack::Difference& one : stack::differences(drift.expected, actual)) {
    wire.property_differences->push_back({one.path, one.expected, one.actual, std::string(one.kind)});
  }
  return wire;
}

}  // namespace

Outcome<DetectStackDriftOutput> detect_stack_drift(Context& context, const DetectStackDriftInput& input) {
  Outcome<std::string> id = context.platform.stacks.detect_drift(
      asker_of(context), input.stack_name, input.logical_resource_ids.value_or(std::vector<std::string>{}));
  if (!id) return id.error();
  return DetectStackDriftOutput{*id};
}

Outcome<DetectStackResourceDriftOutput> detect_stack_resource_drift(Context& context,
                                                                    const DetectStackResourceDriftInput& input) {
  stack::Stacks& stacks = context.platform.stacks;
  Outcome<stack::Stack> owner = stacks.find(asker_of(context), input.stack_name);
  if (!owner) return owner.error();
  Outcome<stack::Drift> drift = stacks.detect_resource_drift(asker_of(context), owner->id, input.logical_resource_id);
  if (!drift) return drift.error();
  DetectStackResourceDriftOutput output;
  output.stack_resource_drift = wire_drift(owner->id, *drift);
  return output;
}

Outcome<DescribeStackDriftDetectionStatusOutput> describe_stack_drift_detection_status(
    Context& context, const DescribeStackDriftDetectionStatusInput& input) {
  stack::Stacks& stacks = context.platform.stacks;
  Outcome<stack::DriftDetection> detection = stacks.drift_detection(input.stack_drift_detection_id);
  if (!detection) return detection.error();
  if (Outcome<stack::Stack> owner = stacks.find(asker_of(context), detection->stack_id); !owner) return owner.error();
  DescribeStackDriftDetectionStatusOutput output;
  output.stack_id = detection->stack_id;
  output.stack_drift_detection_id = detection->id;
  output.stack_drift_status = detection->status;
  output.detection_status = "DETECTION_COMPLETE";
  output.drifted_stack_resource_count = detection->drifted;
  output.timestamp = detection->checked;
  return output;
}

Outcome<DescribeStackResourceDriftsOutput> describe_stack_resource_drifts(
    Context& context, const DescribeStackResourceDriftsInput& input) {
  Outcome<stack::Stack> owner = context.platform.stacks.find(asker_of(context), input.stack_name);
  if (!owner) return owner.error();
  std::vector<stack::Drift> drifts = context.platform.stacks.drifts(owner->id);
  std::erase_if(drifts, [&](const stack::Drift& drift) {
    const auto& wanted = input.stack_resource_drift_status_filters;
    return wanted && !wanted->empty() && std::ranges::find(*wanted, drift.status) == wanted->end();
  });
  DescribeStackResourceDriftsOutput output;
  Outcome<std::vector<stack::Drift>> page = take_page(std::move(drifts), input.next_token, output.next_token);
  if (!page) return page.error();
  for (const stack::Drift& drift : *page) output.stack_resource_drifts.push_back(wire_drift(owner->id, drift));
  return output;
}

}  // namespace penstock::aws::cloudformation
