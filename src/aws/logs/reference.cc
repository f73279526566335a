#include "aws/logs/reference.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/encoding.h"

namespace penstock::aws::logs {

Error no_such_group() {
  return Error{"ResourceNotFoundException", "The specified log group does not exist.", 400, {}};
}

Error no_such_stream() {
  return Error{"ResourceNotFoundException", "The specified log stream does not exist.", 400, {}};
}

Error invalid_parameter(std::string message) {
  return Error{"InvalidParameterException", std::move(message), 400, {}};
}

Error to_error(store::LogResult result, std::string_view kind) {
  PENSTOCK_ASSERT(result != store::LogResult::done);
  switch (result) {
    case store::LogResult::no_group:
      return no_such_group();
    case store::LogResult::no_stream:
      return no_such_stream();
    default:
      return Error{"ResourceAlreadyExistsException", fmt::format("The specified log {} already exists", kind), 400, {}};
  }
}

store::LogGroupName group_here(const Context& context, std::string name) {
  return {context.region, std::move(name)};
}

std::string group_arn(const Context& context, std::string_view name) {
  return context.arn("logs", fmt::format("log-group:{}", name));
}

std::optional<store::LogGroupName> group_in_arn(std::string_view arn) {
  constexpr std::string_view marker = ":log-group:";
  const std::vector<std::string_view> parts = split(arn, ':');
  size_t start = arn.find(marker);
  if (parts.front() != "arn" || parts.size() < 7 || start == std::string_view::npos) return std::nullopt;
  std::string_view name = arn.substr(start + marker.size());
  if (name.ends_with(":*")) name.remove_suffix(2);
  if (name.empty() || name.find(':') != std::string_view::npos) return std::nullopt;
  return store::LogGroupName{std::string(parts[3]), std::string(name)};
}

Outcome<store::LogGroupName> group_of(const Context& context, const std::optional<std::string>& name,
                                      const std::optional<std::string>& identifier) {
  if (name.has_value() == identifier.has_value()) {
    return invalid_parameter("Exactly one of logGroupName and logGroupIdentifier must be given");
  }
  if (name) return group_here(context, *name);
  if (!identifier->starts_with("arn:")) return group_here(context, *identifier);
  std::optional<store::LogGroupName> found = group_in_arn(*identifier);
  if (!found) return invalid_parameter(fmt::format("{} is not the ARN of a log group", *identifier));
  if (found->region != context.region) return no_such_group();
  return *found;
}

}  // namespace penstock::aws::logs
