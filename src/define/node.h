// What the handles of penstock/define.h stand for. Only src/define sees this.
#pragma once

#include <penstock/define.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace penstock::aws {
struct Shape;
}

namespace penstock::define {

struct ValueNode {
  enum class What { literal, object, list, path, call, parameter, invalid };
  What what = What::literal;
  Json literal = {};
  Members members = {};           // of an object
  std::vector<Value> items = {};  // of a list; arguments of a call
  std::string text = {};          // a path; a function's or parameter's name; what is wrong
  Type type = Type::any;
  const aws::Shape* shape = nullptr;  // what the service's model says of a path into a result; may be unknown

  bool placeholder() const { return what == What::path || what == What::call; }
};

Value make_value(ValueNode node);
Value make_invalid(std::string message);
Value make_path(std::string text, Type type, const aws::Shape* shape = nullptr);

struct CatchNode {
  std::vector<std::string> errors;
  std::string keep_as;
  StepNode* handler;
};

struct ChoiceNode {
  Condition condition;
  StepNode* next;
};

struct FlowNode;

struct StepNode {
  std::string name;
  std::string type;  // "Task", "Pass", ...
  std::string comment = {};
  StepNode* next = nullptr;
  std::string resource = {};             // of a Task: the whole ARN
  std::optional<Value> parameters = {};  // of a Task or a Pass
  std::optional<Members> selected = {};  // ResultSelector
  std::string kept_as = {};              // ResultPath $.NAME; empty: the result replaces the input
  bool result_discarded = false;         // ResultPath null
  std::vector<CatchNode> catches = {};
  std::vector<Retry> retries = {};
  std::optional<Value> timeout = {};
  std::optional<Value> heartbeat = {};
  std::vector<ChoiceNode> choices = {};
  StepNode* otherwise = nullptr;
  Value seconds = {};  // of a Wait
  Value error = {};    // of a Fail
  Value cause = {};
  Value items = {};  // of a Map
  MapOptions map_options = {};
  std::vector<std::shared_ptr<FlowNode>> flows = {};  // a Map's processor, a Parallel's branches
};

struct FlowNode {
  std::vector<std::unique_ptr<StepNode>> steps;  // in order of making
  StepNode* start = nullptr;
};

struct ParameterNode {
  std::string name;
  std::string description;
  std::optional<std::string> otherwise;
};

struct PipelineNode {
  std::string name;
  PipelineOptions options;
  std::optional<std::vector<InputField>> fields;
  std::vector<ParameterNode> parameters;
  std::shared_ptr<FlowNode> flow;
};

}  // namespace penstock::define
