// The table of rules: what an operation's action is about, and which roles it hands over. Source: "Actions, resources,
// and condition keys for AWS services", Service Authorization Reference.
#pragma once

#include <string_view>

#include "aws/protocol/shape.h"

namespace penstock::aws::authorization {

// In `resource`, {Member} is the input's value (a path as in input_values.h) and {Member|text} the text where that is
// absent; {@function} and {@function:Member} are computed (rules.cc lists them). A template with a value that is absent
// names "*"; one with a path of several values names several resources.
struct Rule {
  std::string_view operation;       // "states:CreateStateMachine"
  std::string_view resource = "*";  // a template
  std::string_view role = {};       // the path of the role that is passed
  std::string_view passed_to = {};  // and to whom
};

// "TrainingJob" of DescribeTrainingJob, whose member TrainingJobName names one; empty when it has no such member.
std::string_view sagemaker_noun(const OperationModel& operation);

// The row of an operation, or what follows from the names of its members: an operation that is added needs a row only
// when they do not tell. Operations of S3 have none (rules.cc).
Rule rule_of(const OperationModel& operation);

}  // namespace penstock::aws::authorization
