// The names of a file's columns, as pandas gives them.
#pragma once

#include <string>
#include <vector>

namespace penstock::kit {

// A second "x" is "x.1", an empty name "Unnamed: 3".
std::vector<std::string> unique_names(const std::vector<std::string>& names);

}  // namespace penstock::kit
