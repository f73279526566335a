// The ARNs of Step Functions: arn:aws:states:REGION:ACCOUNT:KIND:NAME[:QUALIFIER].
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::aws::states {

struct Arn {
  std::string text;       // whole
  std::string kind;       // "stateMachine", "execution", "express", "activity"
  std::string name;       // of the state machine or activity
  std::string qualifier;  // a machine's version (digits) or alias, an execution's name; empty when there is none
  std::string machine;    // kind "stateMachine": the ARN without the qualifier

  bool names_version() const;  // the qualifier is a number
};

// Error InvalidArn when `text` is not an ARN of Step Functions or not of one of the kinds.
Outcome<Arn> parse_arn(std::string_view text, std::initializer_list<std::string_view> kinds);

// The ARN of a state machine, its version or alias. ValidationException for one of a distributed Map
// ("...:stateMachine:NAME/LABEL"), which most operations do not take. Source: the API reference.
Outcome<Arn> parse_machine_arn(std::string_view text);
// And without version or alias: ValidationException for those too, rather than to change the whole machine.
Outcome<Arn> parse_unqualified_machine_arn(std::string_view text);

// InvalidArn unless it is the ARN of an IAM role.
Outcome<void> check_role_arn(std::string_view role);

// InvalidName unless every character may stand in a name. Source: "name" of CreateStateMachine in the API reference.
Outcome<void> check_name(std::string_view name);

}  // namespace penstock::aws::states
