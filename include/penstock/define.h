// Penstock's definition library: a pipeline of steps, data and placeholders written in C++, checked without any
// network, and given as Amazon States Language, as a CloudFormation template and as a graph. Needs nothing but the
// standard library and libpenstock_define.
//
//   penstock::define::Pipeline pipeline("training", {.comment = "...", .timeout_seconds = 7200});
//   auto input = pipeline.input({{"RawDataUri", Type::text}, {"TestShare", Type::number}});
//   Step prepare = pipeline.processing_job("Prepare", {.name = format("prepare-{}", execution_name()), ...});
//   prepare.keep("data", {{"TrainUri",
//   prepare.result()["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]}}); Step train =
//   pipeline.training_job("Train", {.channels = {channel("train", prepare.output("TrainUri"))}, ...});
//   prepare.then(train);
//   for (const Finding& finding : pipeline.check()) ...     // nothing: the definition is right
//   pipeline.to_asl();
//
// Mistakes (a placeholder that the input does not have, a field that a request does not take, a number where text is
// wanted, a step that nothing leads to) never throw: check() finds them all at once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::define {

// The type of a placeholder.
enum class Type { any, text, number, boolean, object, list };

struct ValueNode;
struct StepNode;
struct FlowNode;
struct PipelineNode;
class Value;

using Members = std::vector<std::pair<std::string, Value>>;

// What a field of a step takes: a JSON value in which any part may be a placeholder, filled when the pipeline is
// created (parameter) or when it runs (a path or an intrinsic function). Copying shares.
class Value {
 public:
  Value();  // null
  Value(bool value);
  Value(int value);
  Value(int64_t value);
  Value(double value);
  Value(const char* text);
  Value(std::string text);
  explicit Value(std::shared_ptr<const ValueNode> node) : node_(std::move(node)) {}

  // A member or an item of what a placeholder stands for. Of a value that is no placeholder: a finding of check().
  Value operator[](std::string_view member) const;
  Value operator[](int index) const;

  Type type() const;
  const ValueNode& node() const { return *node_; }

 private:
  std::shared_ptr<const ValueNode> node_;
};

Value object(Members members);
Value list(std::vector<Value> items);

// Paths into the context object.
Value execution_name();                                       // $$.Execution.Name
Value execution_id();                                         // $$.Execution.Id
Value context(std::string_view path, Type type = Type::any);  // "Execution.StartTime"
// What the step itself gets: the whole, to go on with [].
Value state_input(Type type = Type::any);
// The item of a Map, in its selector: $$.Map.Item.Value and .Index.
Value map_item();
Value map_index();
// A path as text ("$.a[?(@.b > 1)]"), for what the others do not cover.
Value path(std::string text, Type type = Type::any);

// The intrinsic functions of Amazon States Language.
Value format(std::string_view text, std::vector<Value> arguments);  // States.Format; "{}" takes one
Value format(std::string_view text, Value argument);
Value array(std::vector<Value> items);  // States.Array
Value string_to_json(Value text);
Value json_to_string(Value value);
Value call(std::string_view function, std::vector<Value> arguments, Type type = Type::any);  // States.Hash, ...

// What the execution's input must have. A name that is not in the schema is a finding.
struct InputField {
  std::string name;
  Type type = Type::text;
  std::string description = {};
};

class ExecutionInput {
 public:
  explicit ExecutionInput(std::shared_ptr<PipelineNode> pipeline) : pipeline_(std::move(pipeline)) {}
  Value operator[](std::string_view name) const;  // $$.Execution.Input.NAME

 private:
  std::shared_ptr<PipelineNode> pipeline_;
};

// When a task that failed is tried again.
struct Retry {
  std::vector<std::string> errors = {"States.ALL"};
  std::optional<int> interval_seconds = {};
  std::optional<int> max_attempts = {};
  std::optional<double> backoff_rate = {};
  std::optional<int> max_delay_seconds = {};
  bool full_jitter = false;
};

// A condition of a Choice. The left side is a placeholder; the right side a literal or a placeholder.
struct Condition {
  enum class Test { equals, less, at_most, greater, at_least, matches, is_present, is_null, all, any, negation };
  Test test = Test::equals;
  Value left = {};
  Value right = {};
  std::vector<Condition> parts = {};
};
Condition equals(Value left, Value right);
Condition less(Value left, Value right);
Condition at_most(Value left, Value right);
Condition greater(Value left, Value right);
Condition at_least(Value left, Value right);
Condition matches(Value left, std::string pattern);  // StringMatches, with "*"
Condition is_present(Value left);
Condition is_null(Value left);
Condition all_of(std::vector<Condition> parts);
Condition any_of(std::vector<Condition> parts);
Condition negation(Condition part);

// One state. A handle: copies mean the same state, which its Flow owns.
class Step {
 public:
  explicit Step(StepNode* node) : node_(node) {}

  Step& comment(std::string text);
  // What follows; a step without one ends its flow. Returns `next`, so that a.then(b).then(c) is a chain.
  Step then(Step next);

  // Keeps only these parts of the result, beside the step's input, under `name` (ResultSelector, ResultPath). The
  // values are made of result().
  Step& keep(std::string name, Members selected);
  Step& keep_only(Members selected);          // these parts replace the input
  Step& keep_result(std::string name);        // the whole result under `name`
  Step& discard_result();                     // the input goes on as it was
  Value result(Type type = Type::any) const;  // "$" of a selector: what the task answered, typed by the service's model
  Value output(std::string_view member) const;  // for later steps: what keep() kept

  Step& on_error(Step handler, std::string keep_as = "failure", std::vector<std::string> errors = {"States.ALL"});
  Step& retry(Retry retry);
  Step& timeout_seconds(Value seconds);
  Step& heartbeat_seconds(Value seconds);

  // Of a Choice.
  Step& when(Condition condition, Step next);
  Step& otherwise(Step next);

  StepNode* node() const { return node_; }

 private:
  StepNode* node_;
};

// A processing job's inputs and outputs, a training job's channels.
Value s3_input(std::string name, Value uri, std::string local_path);
Value s3_output(std::string name, Value uri, std::string local_path);
Value channel(std::string name, Value uri);
Value metric(std::string name, std::string regex);

// sagemaker:createProcessingJob.sync. `more` has any further member of the request, or replaces one; so every member
// takes a placeholder.
struct ProcessingJob {
  Value name;
  Value role;
  Value image;
  std::vector<Value> entrypoint = {};
  Value arguments = {};  // a list, or a placeholder for one
  std::vector<Value> inputs = {};
  std::vector<Value> outputs = {};
  Value instance_type = "ml.m5.xlarge";
  Value instance_count = 1;
  Value volume_gigabytes = 30;
  Value max_runtime_seconds = 86400;
  Members environment = {};
  Members more = {};
};

// sagemaker:createTrainingJob.sync.
struct TrainingJob {
  Value name;
  Value role;
  Value image;
  Members hyperparameters = {};
  std::vector<Value> channels = {};
  Value output_path = {};
  std::vector<Value> metrics = {};
  Value instance_type = "ml.m5.xlarge";
  Value instance_count = 1;
  Value volume_gigabytes = 30;
  Value max_runtime_seconds = 86400;
  Members environment = {};
  Members more = {};
};

class Flow;
struct MapOptions {
  Value selector = {};  // of each item (ItemSelector); null: the item itself
  std::optional<int> max_concurrency = {};
};

// States that belong together: a pipeline, a Map's processor, a branch of a Parallel. It starts with the first one
// made.
class Flow {
 public:
  explicit Flow(std::shared_ptr<FlowNode> node) : node_(std::move(node)) {}

  // `resource` without "arn:aws:states:::", or a whole ARN: "sagemaker:createTransformJob.sync",
  // "aws-sdk:s3:getObject".
  Step task(std::string name, std::string resource, Value parameters);
  Step processing_job(std::string name, const ProcessingJob& job);
  Step training_job(std::string name, const TrainingJob& job);
  Step pass(std::string name, Value parameters = {});
  Step wait(std::string name, Value seconds);
  Step choice(std::string name);
  Step succeed(std::string name);
  Step fail(std::string name, Value error, Value cause);
  // Fill the flow that comes with it: auto [map, each] = pipeline.map("Folds", input["Folds"]);
  std::pair<Step, Flow> map(std::string name, Value items, MapOptions options = {});
  std::pair<Step, std::vector<Flow>> parallel(std::string name, size_t branches);
  void start_at(Step step);

 protected:
  Step add(std::string name, const char* type);
  std::shared_ptr<FlowNode> node_;
};

// What is wrong with a definition, and where ("/States/Train/Parameters/HyperParameters").
struct Finding {
  std::string code;
  std::string message;
  std::string location;
};

struct PipelineOptions {
  std::string comment = {};
  std::optional<int> timeout_seconds = {};
};

class Pipeline : public Flow {
 public:
  explicit Pipeline(std::string name, PipelineOptions options = {});

  // Declares the execution's input; at most once.
  ExecutionInput input(std::vector<InputField> fields);
  // A placeholder that is filled when the pipeline is created: a parameter of the template. Text.
  Value parameter(std::string name, std::string description = {}, std::optional<std::string> otherwise = {});

  std::vector<Finding> check() const;   // all at once; empty when the definition is right
  std::string to_asl() const;           // JSON
  std::string to_input_schema() const;  // JSON Schema (draft 2020-12) of the execution's input
  // JSON: the state machine, its role as a parameter, the other parameters; tags by which Penstock checks the input of
  // each execution when it starts.
  std::string to_cloudformation() const;
  std::string to_svg() const;  // its graph

 private:
  std::shared_ptr<PipelineNode> pipeline_;
};

}  // namespace penstock::define
