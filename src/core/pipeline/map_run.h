// Map runs: what a Map state in distributed mode asks for. The interpreter evaluates the state's fields once, when the
// state is entered, into a plan; core/execution reads the items, starts a child execution for each (or for each batch)
// and reports the end. Source: "Map state in Distributed mode" in the Step Functions developer guide.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "base/random.h"
#include "base/time.h"
#include "core/pipeline/program.h"

namespace penstock::pipeline {

// How many items of a map run may fail. The run fails when a given bound is exceeded; without any, at the first
// failure.
struct Tolerance {
  std::optional<int64_t> count;
  std::optional<double> percentage;
  bool exceeded(size_t failed, size_t items) const;
};

// The fields of one Map state as they came out for one run.
struct MapRunPlan {
  uint32_t workflow = 0, state = 0;  // the Map state's place in the program
  uint32_t processor = 0;            // the workflow that each child execution runs
  bool express = false;              // as an Express execution
  Json input, variables, context;    // what ItemSelector reads, besides the item
  Json items;                        // an array; null when a reader gives the items
  bool pairs = false;                // the items are the members of an object
  // {"resource": ARN, "parameters": {...}, "config": ReaderConfig, "maxItems": number}, or null.
  Json reader;
  int64_t batch_items = 0, batch_bytes = 0;  // the most in a batch; both 0: items are not batched; one 0: no such bound
  Json batch_input;                          // BatchInput, or null
  // {"resource": ARN, "parameters": {...}, "config": WriterConfig}, or null.
  Json writer;
  int64_t concurrency = 0;  // MaxConcurrency; 0: no bound of its own
  Tolerance tolerance;

  bool batched() const { return batch_items != 0 || batch_bytes != 0; }
};
Json to_json(const MapRunPlan& plan);
MapRunPlan read_map_run_plan(const Json& json);

// The input of one child execution that gets several items, as ItemBatcher bounds it.
class Batch {
 public:
  explicit Batch(const MapRunPlan& plan);
  bool full() const;
  // False, and the item is not taken, when it would be too large with it. The first item is always taken.
  bool add(const Json& item);
  size_t size() const { return items_.size(); }
  Json input() &&;  // {"BatchInput":..,"Items":[..]}

 private:
  size_t items_max_, bytes_max_;
  size_t bytes_ = 0;
  Json input_;
  std::vector<Json> items_;
};

// The state machine that a map run's child executions are shown to be of:
// "arn:aws:states:R:A:mapRun:Machine/Label:UUID" -> "arn:aws:states:R:A:stateMachine:Machine/Label".
std::string item_machine_arn(std::string_view map_run_arn);

// What a distributed Map iterates over: of an array its items; of an object its members, in their order, as
// {"Key":..,"Value":..}. Source: "ItemReader (Map)" in the developer guide. Inline Maps take arrays only: "ItemsPath"
// there says otherwise, but an object was refused in December 2025 (recorded).
Json items_of(const Json& collection);

// Map.Item of the context object. `pair`: the item is a member of an object. `source`: see select_item. Source:
// "Context object data for Map states" in the developer guide.
Json map_item(const Json& item, int64_t index, bool pair, std::string_view source);

// `item` after ItemSelector. `index`: of the item, from 0; `pair`: it is a member of an object; `source`: where it was
// read, or empty. Errors as the interpreter's.
Outcome<Json> select_item(const Program& program, const MapRunPlan& plan, const Json& item, int64_t index, bool pair,
                          std::string_view source, Time now, Random& random);

}  // namespace penstock::pipeline
