// Rules: which IAM actions on which resources a call needs. Source: "Actions, resources, and condition keys for AWS
// services", Service Authorization Reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/context.h"
#include "aws/protocol/shape.h"

namespace penstock::aws::authorization {

struct Need {
  std::string action;     // "s3:GetObject"
  std::string resource;   // an ARN, or "*"
  std::string passed_to;  // iam:PassRole: the service
};

// None: anybody who is known may call it (GetCallerIdentity).
std::vector<Need> needs_of(const Context& context, const OperationModel& operation, const void* input);

// A member's value as text, by a path as the model spells it ("Delete.Objects"); nothing when it is absent or no
// scalar.
std::optional<std::string> input_text(const Shape& shape, const void* input, std::string_view path);
// Names with values of a list of {Key, Value} or of a map.
std::vector<std::pair<std::string, std::string>> input_tags(const Shape& shape, const void* input);

}  // namespace penstock::aws::authorization
