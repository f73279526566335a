#include "aws/ssm/parameter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/ssm/parameter_record.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "core/stack/parameter_pattern.h"
#include "store/records.h"

namespace penstock::aws::ssm {

namespace {

constexpr size_t standard_value_max = 4'096, advanced_value_max = 8'192;  // bytes
constexpr size_t versions_max = 100;
constexpr size_t hierarchy_levels_max = 15;
constexpr size_t labels_max = 10;
constexpr size_t tags_max = 50;
constexpr std::string_view default_key = "alias/aws/ssm";

// Source: PutParameter, Name, of the Systems Manager API reference.
Outcome<void> check_name(const std::string& name) {
  bool valid = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '.';
  });
  std::string lower = to_lower(name.starts_with('/') ? name.substr(1) : name);
  if (lower.starts_with("aws") || lower.starts_with("ssm")) {
    return validation_error(
        "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). If formed as a path, it can "
        "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and "
        "the following 3 symbols .-_");
  }
  bool is_path = name.find('/') != std::string::npos;
  if (!valid || name.ends_with('/') || name.find("//") != std::string::npos) {
    return validation_error(
        "Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label> "
        "or letters, numbers and the symbols .-_ with slashes between sub-paths");
  }
  if (is_path && !name.starts_with('/')) return validation_error("Parameter name must be a fully qualified name.");
  if (static_cast<size_t>(std::ranges::count(name, '/')) > hierarchy_levels_max) {
    return Error{"HierarchyLevelLimitExceededException",
                 fmt::format("A hierarchy can have a maximum of {} levels.", hierarchy_levels_max)};
  }
  return {};
}

Outcome<void> check_supported(const PutParameterInput& input) {
  if (input.policies && !input.policies->empty() && *input.policies != "[]") {
    return validation_error("Penstock serves no parameter policies: leave Policies out");
  }
  if (input.data_type && *input.data_type != "text") {
    return validation_error(
        fmt::format("Penstock serves parameters of the data type text; {} is not served", *input.data_type));
  }
  return {};
}

Outcome<std::string> tier_for(const PutParameterInput& input) {
  std::string tier = input.tier.value_or("Standard");
  bool is_large = input.value.size() > standard_value_max;
  if (tier == "Intelligent-Tiering") tier = is_large ? "Advanced" : "Standard";
  if (tier == "Standard" && is_large) {
    return validation_error(
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter "
        "value, upgrade the parameter to use the advanced-parameter tier.");
  }
  if (input.value.size() > advanced_value_max) {
    return validation_error("Advanced tier parameters support a maximum parameter value of 8192 characters.");
  }
  return tier;
}

Outcome<void> check_value(const PutParameterInput& input) {
  if (input.value.empty()) return validation_error("The parameter value cannot be empty.");
  if (!input.allowed_pattern || input.allowed_pattern->empty()) return {};
  std::optional<bool> matches = stack::matches_pattern(*input.allowed_pattern, input.value);
  if (!matches) {
    return Error{"InvalidAllowedPatternException",
                 fmt::format("The regular expression {} is not valid.", *input.allowed_pattern)};
  }
  if (*matches) return {};
  return Error{"ParameterPatternMismatchException",
               fmt::format("Parameter value, cannot be validated against allowedPattern: {}", *input.allowed_pattern)};
}

// The next version of a parameter, as the input asks for it.
Outcome<ParameterVersion> new_version(Context& context, const PutParameterInput& input, const std::string& arn,
                                      const ParameterVersion* before) {
  ParameterVersion version;
  version.type = input.type.value_or(before == nullptr ? "" : before->type);
  if (version.type.empty()) return validation_error("A parameter type is required when you create a parameter.");
  if (before != nullptr && before->type != version.type) {
    return Error{"HierarchyTypeMismatchException",
                 fmt::format("The type of a parameter cannot be changed from {} to {}. Delete it, and create it anew",
                             before->type, version.type)};
  }
  Outcome<std::string> tier = tier_for(input);
  if (!tier) return tier.error();
  if (Outcome<void> checked = check_value(input); !checked) return checked.error();
  version.value = input.value;
  if (version.is_secure()) {
    version.key = input.key_id.value_or(before == nullptr ? std::string(default_key) : before->key);
    Outcome<std::string> sealed = sealed_value(context, arn, version.key, input.value);
    if (!sealed) return sealed.error();
    version.value = std::move(*sealed);
  } else if (input.key_id) {
    return validation_error("KeyId is required for SecureString type parameter only.");
  }
  version.version = before == nullptr ? 1 : before->version + 1;
  version.description = input.description.value_or(before == nullptr ? "" : before->description);
  version.allowed_pattern = input.allowed_pattern.value_or(before == nullptr ? "" : before->allowed_pattern);
  version.tier = std::move(*tier);
  version.user = context.caller.arn;
  version.modified = context.platform.clock.now();
  return version;
}

Outcome<void> drop_oldest(ParameterRecord& parameter) {
  if (parameter.versions.size() <= versions_max) return {};
  if (!parameter.versions.front().labels.empty()) {
    return Error{"ParameterMaxVersionLimitExceeded",
                 fmt::format("You attempted to create a new version of {} by calling the PutParameter API with the "
                             "overwrite flag. Version {}, the oldest version, can't be deleted because it has a label "
                             "associated with it. Move the label to another version of the parameter, and try again.",
                             parameter.name, parameter.versions.front().version)};
  }
  parameter.versions.erase(parameter.versions.begin());
  return {};
}

Outcome<PutParameterOutput> create(Context& context, const PutParameterInput& input) {
  ParameterRecord parameter;
  parameter.name = input.name;
  parameter.arn = parameter_arn(context, input.name);
  if (input.tags) {
    for (const Tag& tag : *input.tags) parameter.tags.set(tag.key, Json(tag.value));
    if (parameter.tags.size() > tags_max) return Error{"TooManyTagsError", "A parameter has at most 50 tags."};
  }
  Outcome<ParameterVersion> version = new_version(context, input, parameter.arn, nullptr);
  if (!version) return version.error();
  PutParameterOutput output{version->version, version->tier};
  parameter.versions.push_back(std::move(*version));
  if (context.platform.records.insert(parameter_kind, parameter_key(context, input.name), to_record(parameter))) {
    return output;
  }
  return Error{
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."};
}

Outcome<PutParameterOutput> overwrite(Context& context, const PutParameterInput& input) {
  if (input.tags && !input.tags->empty()) {
    return validation_error(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove "
        "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
        "RemoveTagsFromResource.");
  }
  Outcome<PutParameterOutput> output = parameter_not_found();
  context.platform.records.update(parameter_kind, parameter_key(context, input.name), [&](Json& record) {
    ParameterRecord parameter = parameter_from_record(record);
    Outcome<ParameterVersion> version = new_version(context, input, parameter.arn, &parameter.latest());
    if (!version) {
      output = version.error();
      return false;
    }
    output = PutParameterOutput{version->version, version->tier};
    parameter.versions.push_back(std::move(*version));
    if (Outcome<void> dropped = drop_oldest(parameter); !dropped) {
      output = dropped.error();
      return false;
    }
    record = to_record(parameter);
    return true;
  });
  return output;
}

// Puts the labels on one version, and takes them off the others. Returns those that cannot be labels.
Outcome<std::vector<std::string>> put_labels(ParameterRecord& parameter, int64_t number,
                                             const std::vector<std::string>& labels) {
  auto version = std::ranges::find(parameter.versions, number, &ParameterVersion::version);
  if (version == parameter.versions.end()) {
    return Error{"ParameterVersionNotFound", fmt::format("Systems Manager could not find version {} of {}. Verify the "
                                                         "version and try again.",
                                                         number, parameter.name)};
  }
  std::vector<std::string> invalid;
  for (const std::string& label : labels) {
    std::string lower = to_lower(label);
    bool starts_with_digit = !label.empty() && label[0] >= '0' && label[0] <= '9';
    if (starts_with_digit || lower.starts_with("aws") || lower.starts_with("ssm")) {
      invalid.push_back(label);
      continue;
    }
    for (ParameterVersion& other : parameter.versions) std::erase(other.labels, label);
    version->labels.push_back(label);
  }
  if (version->labels.size() > labels_max) {
    return Error{"ParameterVersionLabelLimitExceeded", "A parameter version can have maximum 10 labels."};
  }
  return invalid;
}

}  // namespace

Outcome<PutParameterOutput> put_parameter(Context& context, const PutParameterInput& input) {
  if (Outcome<void> named = check_name(input.name); !named) return named.error();
  if (Outcome<void> supported = check_supported(input); !supported) return supported.error();
  bool exists = context.platform.records.get(parameter_kind, parameter_key(context, input.name)).has_value();
  if (exists && input.overwrite.value_or(false)) return overwrite(context, input);
  return create(context, input);
}

Outcome<DeleteParameterOutput> delete_parameter(Context& context, const DeleteParameterInput& input) {
  if (!context.platform.records.erase(parameter_kind, parameter_key(context, input.name))) return parameter_not_found();
  return DeleteParameterOutput{};
}

Outcome<DeleteParametersOutput> delete_parameters(Context& context, const DeleteParametersInput& input) {
  DeleteParametersOutput output;
  output.deleted_parameters.emplace();
  output.invalid_parameters.emplace();
  for (const std::string& name : input.names) {
    bool erased = context.platform.records.erase(parameter_kind, parameter_key(context, name));
    (erased ? output.deleted_parameters : output.invalid_parameters)->push_back(name);
  }
  return output;
}

Outcome<LabelParameterVersionOutput> label_parameter_version(Context& context,
                                                             const LabelParameterVersionInput& input) {
  Outcome<LabelParameterVersionOutput> output = parameter_not_found();
  context.platform.records.update(parameter_kind, parameter_key(context, input.name), [&](Json& record) {
    ParameterRecord parameter = parameter_from_record(record);
    int64_t number = input.parameter_version.value_or(parameter.latest().version);
    Outcome<std::vector<std::string>> invalid = put_labels(parameter, number, input.labels);
    if (!invalid) {
      output = invalid.error();
      return false;
    }
    output = LabelParameterVersionOutput{std::move(*invalid), number};
    record = to_record(parameter);
    return true;
  });
  return output;
}

}  // namespace penstock::aws::ssm
