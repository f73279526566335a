// AWS::CloudFormation::Stack: a stack as a resource of another.
#pragma once

#include <optional>
#include <string>

#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/stack/resource_types.h"

namespace penstock::aws::cloudformation::nested_stack {

const stack::ResourceSchema& schema();
// The template is there and well-formed, its unconditional types are served, its parameters are given; and so on
// inwards.
Outcome<void> check(Platform& platform, const stack::ResourceTypes& types, const stack::ResourceCall& call);
Outcome<std::string> choose_id(Platform& platform, const stack::ResourceCall& call);
// As ResourceTypes::read: its parameters, which somebody may have changed by updating the nested stack itself. What is
// in the nested stack is looked at by a detection of its own, as on AWS.
Outcome<std::optional<Json>> read(Platform& platform, const stack::ResourceCall& call);
void create(Platform& platform, const stack::ResourceCall& call, stack::MadeDone done);
void update(Platform& platform, const stack::ResourceCall& call, stack::MadeDone done);
void remove(Platform& platform, const stack::ResourceCall& call, stack::RemovedDone done);

}  // namespace penstock::aws::cloudformation::nested_stack
