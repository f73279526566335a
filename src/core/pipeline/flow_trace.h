// FlowTrace: what a state's data looked like on its way through, for TestState's inspectionData. Nobody else asks for
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"

namespace penstock::pipeline {

struct FlowTrace {
  std::optional<Json> after_input_path, after_parameters, after_arguments, after_items_path, after_item_selector;
  std::optional<Json> after_items_pointer, after_item_batcher;
  std::optional<Json> result, after_result_selector, after_result_path;
  std::optional<int64_t> max_concurrency, tolerated_count;
  std::optional<double> tolerated_percentage;
  std::optional<std::string> error, cause;  // the state failed with
  // Which entry of Retry and Catch took the error, and how long the next try waits.
  std::optional<int64_t> retry_index, catch_index;
  std::optional<double> retry_seconds;
};

}  // namespace penstock::pipeline
