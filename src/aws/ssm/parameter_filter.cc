#include "aws/ssm/parameter_filter.h"

#include <fmt/format.h>

#include <algorithm>

namespace penstock::aws::ssm {

namespace {

bool matches_text(std::string_view text, std::string_view option, std::string_view value) {
  if (option == "BeginsWith") return text.starts_with(value);
  if (option == "Contains") return text.find(value) != std::string_view::npos;
  return text == value;
}

bool matches_tag(const ParameterRecord& parameter, const ParameterStringFilter& filter) {
  const Json* tag = parameter.tags.find(std::string_view(filter.key).substr(4));
  if (tag == nullptr) return false;
  return !filter.values || filter.values->empty() ||
         std::ranges::any_of(*filter.values, [&](const std::string& value) { return tag->as_string() == value; });
}

bool matches_value(const ParameterRecord& parameter, const ParameterStringFilter& filter, const std::string& value) {
  const ParameterVersion& latest = parameter.latest();
  std::string option = filter.option.value_or("Equals");
  if (filter.key == "Name") {
    // A name matches with and without its leading slash.
    return matches_text(parameter.name, option, value) || matches_text("/" + parameter.name, option, value);
  }
  if (filter.key == "Path") return is_below(parameter.name, value, filter.option.value_or("OneLevel") == "Recursive");
  if (filter.key == "Type") return matches_text(latest.type, option, value);
  if (filter.key == "KeyId") return matches_text(latest.key, option, value);
  if (filter.key == "Tier") return matches_text(latest.tier, option, value);
  if (filter.key == "DataType") return matches_text("text", option, value);
  return std::ranges::any_of(parameter.versions, [&](const ParameterVersion& version) {
    return std::ranges::find(version.labels, value) != version.labels.end();
  });
}

}  // namespace

Outcome<void> check_filters(const std::vector<ParameterStringFilter>& filters) {
  for (const ParameterStringFilter& filter : filters) {
    bool is_tag = filter.key.starts_with("tag:");
    std::string option = filter.option.value_or("Equals");
    bool is_path = filter.key == "Path";
    bool known = is_path
                     ? !filter.option || option == "Recursive" || option == "OneLevel"
                     : option == "Equals" || option == "BeginsWith" || (option == "Contains" && filter.key == "Name");
    if (!known) {
      return Error{"InvalidFilterOption", fmt::format("The option {} is not valid for the key {}", option, filter.key)};
    }
    if (!is_tag && (!filter.values || filter.values->empty())) {
      return Error{"InvalidFilterValue", fmt::format("The filter {} needs a value", filter.key)};
    }
  }
  return {};
}

bool matches(const ParameterRecord& parameter, const std::vector<ParameterStringFilter>& filters) {
  return std::ranges::all_of(filters, [&](const ParameterStringFilter& filter) {
    if (filter.key.starts_with("tag:")) return matches_tag(parameter, filter);
    return std::ranges::any_of(*filter.values,
                               [&](const std::string& value) { return matches_value(parameter, filter, value); });
  });
}

std::vector<ParameterStringFilter> newer_form(const std::vector<ParametersFilter>& filters) {
  std::vector<ParameterStringFilter> newer;
  for (const ParametersFilter& filter : filters) {
    newer.push_back({filter.key, filter.key == "Name" ? "BeginsWith" : "Equals", filter.values});
  }
  return newer;
}

bool is_below(std::string_view name, std::string_view path, bool recursive) {
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!name.starts_with('/')) return path.empty();  // a plain name is at the top
  if (!name.starts_with(path) || name.size() <= path.size() || name[path.size()] != '/') return false;
  return recursive || name.find('/', path.size() + 1) == std::string_view::npos;
}

}  // namespace penstock::aws::ssm
