// Evaluator: conditions and intrinsic functions to values.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/outcome.h"
#include "core/stack/parameters.h"
#include "core/stack/template.h"

namespace penstock::stack {

// Stands for a value that only making the resources will tell; as change sets show it.
inline constexpr std::string_view known_after_apply = "{{changeSet:KNOWN_AFTER_APPLY}}";

// What pseudo parameters stand for.
struct Place {
  std::string account;
  std::string region;
  std::string stack_id;
  std::string stack_name;
};

// What a template's values depend on besides its parameters.
struct Surroundings {
  // The physical id of a resource, or an attribute of it when `attribute` is not empty.
  std::function<Outcome<Json>(const std::string& logical_id, const std::string& attribute)> resource;
  // The value that some stack exports under that name.
  std::function<Outcome<Json>(const std::string& name)> imported;
};

class Evaluator {
 public:
  Evaluator(const Template& from, const ParameterValues& parameters, Place place, Surroundings surroundings);

  // The condition's truth. Conditions that need each other in a circle are an error.
  Outcome<bool> condition(const std::string& name);
  // Whether a resource or an output is wanted: it has no condition, or a true one.
  Outcome<bool> wanted(const Json& declaration);
  // Every assertion of the Rules whose conditions hold.
  Outcome<void> check_rules();
  // The value with every function replaced; no value for AWS::NoValue, which also takes its member or item away.
  Outcome<std::optional<Json>> value(const Json& expression);

 private:
  using Value = std::optional<Json>;
  Value evaluate(const Json& expression);
  Value fail(Error error);
  Value call(const std::string& name, const Json& argument);
  Value reference(const std::string& name);
  Value attribute(const Json& argument);
  Value substitute(const Json& argument);
  Value join(const Json& argument);
  Value select(const Json& argument);
  Value split_text(const Json& argument);
  Value find_in_map(const Json& argument);
  Value choose(const Json& argument);
  Value cidr(const Json& argument);
  Value import(const Json& argument);
  Value zones(const Json& argument);
  Value length(const Json& argument);
  Value base64(const Json& argument);
  Value json_text(const Json& argument);
  Value variable(const std::string& name, const Json& variables);
  bool truth(const Json& expression);
  bool all_or_any(std::string_view name, const Json& argument);
  bool named_condition(const std::string& name);
  bool rule_function(const std::string& name, const Json& argument);
  // The evaluated expression as text; an error naming the function when it is no scalar.
  std::string text(const Json& expression, std::string_view function);

  const Template& template_;
  const ParameterValues& parameters_;
  Place place_;
  Surroundings surroundings_;
  std::map<std::string, std::optional<bool>> conditions_;  // nothing: being evaluated
  std::optional<Error> error_;                             // the first one
};

}  // namespace penstock::stack
