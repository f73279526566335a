// Actor: on whose behalf a stack's resources are made, changed and removed.
#pragma once

#include <string>
#include <vector>

namespace penstock::stack {

struct Actor {
  std::string arn;  // of the caller, or of the session of the stack's role
  std::string user_id = {};
  std::vector<std::string> session_policies = {};  // what else limits a session
};

}  // namespace penstock::stack
