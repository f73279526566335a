// Program: the compiled form of a definition. Made only by compile() (compile*.cc), never changed afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "core/pipeline/choice.h"
#include "core/pipeline/data_flow.h"
#include "core/pipeline/path.h"
#include "core/pipeline/program.h"
#include "core/pipeline/template.h"

namespace penstock::pipeline {

using StateIndex = uint32_t;  // position in its Workflow
inline constexpr StateIndex no_state = UINT32_MAX;
using WorkflowIndex = uint32_t;  // position in Program::workflows

// A number that the definition gives, or a path ("TimeoutSecondsPath") or JSONata expression that leads to it.
struct NumberOrPath {
  std::optional<int64_t> value;
  std::optional<Path> path;
  std::optional<Template> query;
};

// One entry of Retry. Defaults are the specification's.
struct Retrier {
  std::vector<std::string> errors;
  int64_t interval_seconds = 1;
  int64_t max_attempts = 3;
  double backoff_rate = 2.0;
  std::optional<int64_t> max_delay_seconds;
  bool full_jitter = false;
};

// One entry of Catch.
struct Catcher {
  std::vector<std::string> errors;
  ResultPath result_path;
  std::optional<Template> assign;
  std::optional<Template> output;  // JSONata, in the place of ResultPath
  StateIndex next = no_state;
};

struct PassState {
  std::optional<Json> result;
};

// How a Task's resource is called, told from its ARN; it decides the names of the history events.
enum class ResourceKind { integration, lambda_function, activity };

struct TaskState {
  std::string resource;  // the ARN
  ResourceKind kind = ResourceKind::integration;
  // Of "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess": "aws-sdk:sfn" and "sendTaskSuccess" (Json strings, shared by
  // events).
  Json resource_type, action;
  bool waits_for_token = false;
  NumberOrPath timeout, heartbeat;  // seconds
  std::optional<Template> credentials;
};

struct ChoiceState {
  struct Rule {
    std::variant<Condition, Template> condition;  // JSONPath or JSONata
    StateIndex next = no_state;
    std::optional<Template> assign;
    std::optional<Template> output;  // JSONata
  };
  std::vector<Rule> rules;
  StateIndex otherwise = no_state;  // Default
};

struct WaitState {
  NumberOrPath seconds;
  std::optional<Time> timestamp;
  std::optional<Path> timestamp_path;
  std::optional<Template> timestamp_query;
};

struct SucceedState {};

struct FailState {
  std::optional<std::string> error, cause;
  std::optional<Expression> error_path, cause_path;
  std::optional<Template> error_query, cause_query;
};

struct ParallelState {
  std::vector<WorkflowIndex> branches;
};

// Where a distributed Map's items come from when they are not in the state's input.
struct ItemReader {
  std::string resource;                // "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
  std::optional<Template> parameters;  // Parameters or Arguments
  Json config = Json::object();        // ReaderConfig, as the definition has it
  NumberOrPath max_items;
};

struct ItemBatcher {
  NumberOrPath items, bytes;  // the most in one batch
  std::optional<Template> input;
};

struct ResultWriter {
  std::string resource;  // "arn:aws:states:::s3:putObject"; empty: the results stay in the state's output
  std::optional<Template> parameters;
  Json config = Json::object();  // WriterConfig, as the definition has it
};

struct MapState {
  WorkflowIndex processor = 0;
  std::optional<Path> items_path;
  std::optional<Template> items;  // JSONata
  std::optional<Template> item_selector;
  NumberOrPath max_concurrency;
  // DISTRIBUTED mode: the items run as child executions of one map run (map_run.h).
  bool distributed = false;
  bool express_items = false;  // those are Express executions
  std::optional<ItemReader> reader;
  std::optional<ItemBatcher> batcher;
  std::optional<ResultWriter> writer;
  std::string label;
  NumberOrPath tolerated_count;
  std::optional<double> tolerated_percentage;
  std::optional<Path> tolerated_percentage_path;
  std::optional<Template> tolerated_percentage_query;
};

struct StateSpec {
  std::string name;
  Json name_text;              // the name as a Json string, shared by the state's events
  StateIndex next = no_state;  // no_state: the state ends its workflow
  DataFlow flow;
  // Nothing between input and output: the output is the input, so that its text need not be made again.
  bool passes_through = false;
  std::vector<Retrier> retriers;
  std::vector<Catcher> catchers;
  std::variant<PassState, TaskState, ChoiceState, WaitState, SucceedState, FailState, ParallelState, MapState> kind;
};

// States and where they start: the whole machine, a branch of a Parallel, or the processor of a Map.
struct Workflow {
  std::vector<StateSpec> states;
  StateIndex start = no_state;
};

class Program {
 public:
  std::string definition;  // as the client sent it
  MachineType type = MachineType::standard;
  std::optional<int64_t> timeout_seconds;
  std::vector<Workflow> workflows;  // [0] is the machine itself
  // Some of AWS's answers changed about November 2024, for machines of the same definition. A machine is answered as in
  // the age that recordings of its constructs come from: the newer one when it uses JSONata or variables (which the
  // language has since then), a distributed Map within another, or an ItemReader beside an ItemsPath.
  bool newer_language = false;
};

}  // namespace penstock::pipeline
