// LeastPrivilege: the smallest policies with which a run can be done again, from what its roles were seen to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace penstock::access {

// One action on one resource that a role was asked for.
struct Use {
  std::string role;      // its ARN
  std::string action;    // "s3:GetObject"
  std::string resource;  // an ARN, or "*"
  std::string service;   // of iam:PassRole: who was given the role; else empty
};

// So many objects of a folder are named one by one; more become "FOLDER/*".
inline constexpr size_t folder_objects_max = 20;

// Policy documents by the role's ARN, roles and statements in alphabetical order: one statement for each set of
// actions, with the resources that need just these. Where the name of the run is a word of a key, of a job's or of a
// log stream's name, there is a '*' instead: the next run is named otherwise.
Json least_privilege(const std::vector<Use>& uses, std::string_view run_name);

}  // namespace penstock::access
