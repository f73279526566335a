// Graph: which resource needs which.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "core/stack/template.h"

namespace penstock::stack {

using Needs = std::map<std::string, std::set<std::string>>;  // logical id -> those that must be there before

// Of the resources in `wanted`: by DependsOn and by every reference. Errors: "Circular dependency between resources:
// [...]".
Outcome<Needs> dependencies(const Template& from, const std::set<std::string>& wanted);

// The ids of `needs` that need themselves, by way of others, in order of their names.
std::vector<std::string> in_circle(const Needs& needs);

// Ids in an order in which each comes after what it needs.
std::vector<std::string> in_order(const Needs& needs);

}  // namespace penstock::stack
