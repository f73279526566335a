#include "aws/integration/resource.h"

#include <vector>

#include "base/encoding.h"

namespace penstock::aws::integration {

namespace {

// Takes the pattern off the action.
std::optional<Resource::Pattern> take_pattern(std::string_view& action) {
  size_t dot = action.find('.');
  if (dot == std::string_view::npos) return Resource::Pattern::answer;
  std::string_view pattern = action.substr(dot);
  action = action.substr(0, dot);
  if (pattern == ".sync") return Resource::Pattern::job;
  if (pattern == ".sync:2") return Resource::Pattern::job_parsed;
  if (pattern == ".waitForTaskToken") return Resource::Pattern::token;
  return std::nullopt;
}

}  // namespace

std::optional<Resource> parse_resource(std::string_view arn) {
  constexpr std::string_view prefix = "arn:aws:states:::";
  if (!arn.starts_with(prefix)) return std::nullopt;
  std::string_view rest = arn.substr(prefix.size());
  Resource resource;
  constexpr std::string_view sdk_prefix = "aws-sdk:";
  if (rest.starts_with(sdk_prefix)) {
    resource.sdk = true;
    rest.remove_prefix(sdk_prefix.size());
  }
  size_t colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view action = rest.substr(colon + 1);
  std::optional<Resource::Pattern> pattern = take_pattern(action);
  if (!pattern || action.empty()) return std::nullopt;
  resource.service = rest.substr(0, colon);
  resource.action = action;
  resource.pattern = *pattern;
  return resource;
}

}  // namespace penstock::aws::integration
