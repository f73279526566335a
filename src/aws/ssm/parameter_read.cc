#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "aws/ssm/parameter.h"
#include "aws/ssm/parameter_filter.h"
#include "aws/ssm/parameter_record.h"
#include "base/encoding.h"
#include "store/records.h"

namespace penstock::aws::ssm {

namespace {

constexpr int64_t path_page_default = 10, describe_page_default = 50;

template <class T>
std::optional<T> unless_empty(T text) {
  return text.empty() ? std::nullopt : std::optional<T>(std::move(text));
}

// "NAME", "NAME:3" or "NAME:label"; the name may be an ARN.
struct Selected {
  std::string name;
  std::string selector;  // with its colon, or empty
};

Selected split_selector(const std::string& text) {
  size_t colons = text.starts_with("arn:") ? 5 : 0;  // those of the ARN
  size_t at = std::string::npos;
  for (size_t index = 0, seen = 0; index < text.size(); ++index) {
    if (text[index] == ':' && seen++ == colons) at = index;
  }
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at)};
}

Outcome<const ParameterVersion*> select(const ParameterRecord& parameter, const std::string& selector) {
  if (selector.empty()) return &parameter.latest();
  std::string_view wanted = std::string_view(selector).substr(1);
  int64_t number = 0;
  auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  bool is_number = error == std::errc() && end == wanted.data() + wanted.size();
  for (const ParameterVersion& version : parameter.versions) {
    bool chosen =
        is_number ? version.version == number : std::ranges::find(version.labels, wanted) != version.labels.end();
    if (chosen) return &version;
  }
  return Error{"ParameterVersionNotFound",
               fmt::format("Systems Manager could not find {} {} of {}. Verify the version and try again.",
                           is_number ? "version" : "version label", wanted, parameter.name)};
}

Outcome<Parameter> shown(Context& context, const ParameterRecord& parameter, const ParameterVersion& version,
                         bool decrypted) {
  Outcome<std::string> value = value_of(context, parameter, version, decrypted);
  if (!value) return value.error();
  Parameter out;
  out.name = parameter.name;
  out.type = version.type;
  out.value = std::move(*value);
  out.version = version.version;
  out.last_modified_date = version.modified;
  out.arn = parameter.arn;
  out.data_type = "text";
  return out;
}

Outcome<Parameter> read(Context& context, const std::string& reference, bool decrypted) {
  Selected selected = split_selector(reference);
  std::optional<ParameterRecord> parameter = find_parameter(context, selected.name);
  if (!parameter) return parameter_not_found();
  Outcome<const ParameterVersion*> version = select(*parameter, selected.selector);
  if (!version) return version.error();
  Outcome<Parameter> out = shown(context, *parameter, **version, decrypted);
  if (out) out->selector = unless_empty(selected.selector);
  return out;
}

// A page of the parameters for which `wanted` holds. A token is the name that the page before ended with.
template <class Wanted>
Outcome<std::vector<ParameterRecord>> page(const Context& context, const std::optional<std::string>& token,
                                           size_t count, std::optional<std::string>& next, Wanted wanted) {
  std::optional<std::string> after = token ? from_base64(*token) : std::string();
  if (!after) return Error{"InvalidNextToken", "The specified token is not valid."};
  std::string region = context.region + "/";
  std::vector<ParameterRecord> found;
  for (const auto& record : context.platform.records.list(parameter_kind, region, token ? region + *after : "")) {
    ParameterRecord parameter = parameter_from_record(record.value);
    if (!wanted(parameter)) continue;
    if (found.size() == count) {
      next = to_base64(found.back().name);
      break;
    }
    found.push_back(std::move(parameter));
  }
  return found;
}

ParameterMetadata metadata_of(const ParameterRecord& parameter) {
  const ParameterVersion& latest = parameter.latest();
  ParameterMetadata out;
  out.name = parameter.name;
  out.arn = parameter.arn;
  out.type = latest.type;
  out.key_id = unless_empty(latest.key);
  out.last_modified_date = latest.modified;
  out.last_modified_user = latest.user;
  out.description = unless_empty(latest.description);
  out.allowed_pattern = unless_empty(latest.allowed_pattern);
  out.version = latest.version;
  out.tier = latest.tier;
  out.policies.emplace();
  out.data_type = "text";
  return out;
}

Outcome<ParameterHistory> history_of(Context& context, const ParameterRecord& parameter,
                                     const ParameterVersion& version, bool decrypted) {
  Outcome<std::string> value = value_of(context, parameter, version, decrypted);
  if (!value) return value.error();
  ParameterHistory out;
  out.name = parameter.name;
  out.type = version.type;
  out.key_id = unless_empty(version.key);
  out.last_modified_date = version.modified;
  out.last_modified_user = version.user;
  out.description = unless_empty(version.description);
  out.value = std::move(*value);
  out.allowed_pattern = unless_empty(version.allowed_pattern);
  out.version = version.version;
  out.labels = version.labels;
  out.tier = version.tier;
  out.policies.emplace();
  out.data_type = "text";
  return out;
}

}  // namespace

Outcome<GetParameterOutput> get_parameter(Context& context, const GetParameterInput& input) {
  Outcome<Parameter> parameter = read(context, input.name, input.with_decryption.value_or(false));
  if (!parameter) return parameter.error();
  return GetParameterOutput{std::move(*parameter)};
}

Outcome<GetParametersOutput> get_parameters(Context& context, const GetParametersInput& input) {
  GetParametersOutput output;
  output.parameters.emplace();
  output.invalid_parameters.emplace();
  for (const std::string& name : input.names) {
    Outcome<Parameter> parameter = read(context, name, input.with_decryption.value_or(false));
    if (parameter) {
      output.parameters->push_back(std::move(*parameter));
    } else if (parameter.error().code == "InvalidKeyId") {
      return parameter.error();
    } else {
      output.invalid_parameters->push_back(name);
    }
  }
  return output;
}

Outcome<GetParametersByPathOutput> get_parameters_by_path(Context& context, const GetParametersByPathInput& input) {
  if (!input.path.starts_with('/')) {
    return validation_error(
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward "
        "slash \"/\".");
  }
  std::vector<ParameterStringFilter> filters = input.parameter_filters.value_or(std::vector<ParameterStringFilter>{});
  if (Outcome<void> checked = check_filters(filters); !checked) return checked.error();
  GetParametersByPathOutput output;
  bool recursive = input.recursive.value_or(false);
  auto found = page(context, input.next_token, static_cast<size_t>(input.max_results.value_or(path_page_default)),
                    output.next_token, [&](const ParameterRecord& parameter) {
                      return is_below(parameter.name, input.path, recursive) && matches(parameter, filters);
                    });
  if (!found) return found.error();
  output.parameters.emplace();
  for (const ParameterRecord& parameter : *found) {
    Outcome<Parameter> out = shown(context, parameter, parameter.latest(), input.with_decryption.value_or(false));
    if (!out) return out.error();
    output.parameters->push_back(std::move(*out));
  }
  return output;
}

Outcome<GetParameterHistoryOutput> get_parameter_history(Context& context, const GetParameterHistoryInput& input) {
  std::optional<ParameterRecord> parameter = find_parameter(context, input.name);
  if (!parameter) return parameter_not_found();
  std::optional<std::string> after = input.next_token ? from_base64(*input.next_token) : "0";
  int64_t last = 0;
  bool readable = after && std::from_chars(after->data(), after->data() + after->size(), last).ec == std::errc();
  if (!readable) return Error{"InvalidNextToken", "The specified token is not valid."};
  size_t count = static_cast<size_t>(input.max_results.value_or(describe_page_default));
  GetParameterHistoryOutput output;
  output.parameters.emplace();
  for (const ParameterVersion& version : parameter->versions) {
    if (version.version <= last) continue;
    if (output.parameters->size() == count) {
      output.next_token = to_base64(std::to_string(*output.parameters->back().version));
      break;
    }
    Outcome<ParameterHistory> out = history_of(context, *parameter, version, input.with_decryption.value_or(false));
    if (!out) return out.error();
    output.parameters->push_back(std::move(*out));
  }
  return output;
}

Outcome<DescribeParametersOutput> describe_parameters(Context& context, const DescribeParametersInput& input) {
  if (input.shared.value_or(false)) return validation_error("Penstock shares no parameters between accounts");
  if (input.filters && input.parameter_filters) {
    return validation_error("You can use either Filters or ParameterFilters in a single request.");
  }
  std::vector<ParameterStringFilter> filters = input.parameter_filters.value_or(std::vector<ParameterStringFilter>{});
  if (input.filters) filters = newer_form(*input.filters);
  if (Outcome<void> checked = check_filters(filters); !checked) return checked.error();
  DescribeParametersOutput output;
  auto found = page(context, input.next_token, static_cast<size_t>(input.max_results.value_or(describe_page_default)),
                    output.next_token, [&](const ParameterRecord& parameter) { return matches(parameter, filters); });
  if (!found) return found.error();
  output.parameters.emplace();
  for (const ParameterRecord& parameter : *found) output.parameters->push_back(metadata_of(parameter));
  return output;
}

}  // namespace penstock::aws::ssm
