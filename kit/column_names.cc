#include "kit/column_names.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

namespace penstock::kit {

std::vector<std::string> unique_names(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  std::unordered_set<std::string> seen;
  std::unordered_map<std::string, size_t> repeats;  // of a name so far
  for (size_t column = 0; column < names.size(); ++column) {
    const std::string name = names[column].empty() ? fmt::format("Unnamed: {}", column) : names[column];
    std::string unique = name;
    while (seen.contains(unique)) unique = fmt::format("{}.{}", name, ++repeats[name]);
    seen.insert(unique);
    out.push_back(std::move(unique));
  }
  return out;
}

}  // namespace penstock::kit
