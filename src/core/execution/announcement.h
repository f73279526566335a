// The "Step Functions Execution Status Change" event. Source: EventBridge events in the Step Functions developer guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/event/bus.h"
#include "core/pipeline/interpreter.h"

namespace penstock::execution {

inline constexpr std::string_view announcement_source = "aws.states";

// "SUCCEEDED", "FAILED", "TIMED_OUT" or "ABORTED".
std::string_view status_name(pipeline::Finish::Status status);

struct Announcement {
  std::string_view execution_arn, machine_arn, name;
  Time started;
  std::string_view input;
  std::optional<Time> stopped;               // with `finish`
  const pipeline::Finish* finish = nullptr;  // null: it runs
};
event::Event to_event(const Announcement& announcement);

}  // namespace penstock::execution
