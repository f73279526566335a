// The log lines of an execution, as loggingConfiguration asks for them. Sources: "Using CloudWatch Logs to log
// execution history" in the Step Functions developer guide (which event has which level), and lines recorded on AWS.
#pragma once

#include <span>

#include "core/execution/live.h"
#include "core/pipeline/history.h"

namespace penstock::store {
class LogLines;
}

namespace penstock::execution {

// The least level at which an event of this type is logged.
Logging::Level log_level(pipeline::EventType type);

// Writes the events that the execution's state machine logs, if any, to its log group. Under the execution's lock, so
// that the lines keep the order of the history.
void write_log(store::LogLines& lines, const Live& live, std::span<const pipeline::HistoryEvent> events);

}  // namespace penstock::execution
