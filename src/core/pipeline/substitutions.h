// The ${Name} of a definition, which CloudFormation (DefinitionSubstitutions, Fn::Sub) or Terraform fill when it is
// deployed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock::pipeline {

// A definition that can be checked before its substitutions are known.
struct StandIns {
  std::string definition;
  std::vector<std::string> names;  // of the substitutions, in order of first use
};

// `definition` with a likely value in place of each ${Name} whose kind matters: a number outside of texts, the ARN of a
// function or role where a Resource or RoleArn begins, the value of a pseudo parameter (AWS::Region). Elsewhere a text
// holds it as it is.
StandIns with_stand_ins(std::string_view definition);

}  // namespace penstock::pipeline
