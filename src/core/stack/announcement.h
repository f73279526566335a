// What the process's bus hears of stacks. Source: "Managing events with CloudFormation and Amazon EventBridge",
// CloudFormation user guide.
#pragma once

#include "core/event/bus.h"
#include "core/stack/stack.h"

namespace penstock::stack {

inline constexpr std::string_view announcement_source = "aws.cloudformation";

// "CloudFormation Stack Status Change", or, of one of its resources, "CloudFormation Resource Status Change".
event::Event to_event(const Event& told);

}  // namespace penstock::stack
