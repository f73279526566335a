#include "aws/states/execution_input.h"

#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/json.h"
#include "core/pipeline/json_complaint.h"

namespace penstock::aws::states {

Outcome<void> check_execution_input(std::string_view text) {
  std::string reason = "Invalid execution input.";
  if (!trim(text).empty()) {
    Outcome<Json> parsed = parse_json(text);
    if (parsed.ok()) return {};
    std::optional<pipeline::JsonComplaint> complaint = pipeline::json_complaint(text);
    reason = complaint ? complaint->message : parsed.error().message;
  }
  return Error{"InvalidExecutionInput", "Invalid State Machine Execution Input: '" + reason + "'"};
}

}  // namespace penstock::aws::states
