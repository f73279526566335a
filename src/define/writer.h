// Writer: flows and values to Amazon States Language in JSONPath form, with what is wrong with them.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "define/node.h"

namespace penstock::define {

class Writer {
 public:
  // {"StartAt": ..., "States": {...}}: the states in the order in which they are reached, handlers of errors last.
  // `location` is the flow's JSON pointer.
  Json flow(const FlowNode& flow, const std::string& location);

  std::vector<Finding> findings;  // of all that was written

 private:
  Json state(const StepNode& step, const std::string& location);
  void request(Json& target, const StepNode& step, const std::string& location);
  void results(Json& target, const StepNode& step, const std::string& location);
  void errors(Json& target, const StepNode& step);
  void choices(Json& target, const StepNode& step, const std::string& location);
  void flows(Json& target, const StepNode& step, const std::string& location);
  Json condition(const Condition& condition, const std::string& location);
  Json comparison(const Condition& condition, const std::string& location);

  // "key": value, or "key.$" where it has to be filled while the machine runs.
  void put(Json& target, const std::string& key, const Value& value, const std::string& location);
  // "KEY" of a literal, "KEYPath" of a placeholder.
  void put_field(Json& target, const std::string& key, const Value& value, const std::string& location);
  Json tree(const Value& value, const std::string& location);
  Json members(const Members& members, const std::string& location);
  // As an intrinsic function's argument, or the text after "key.$".
  std::string expression(const Value& value, const std::string& location);
  void add(std::string code, std::string message, std::string location);
};

}  // namespace penstock::define
