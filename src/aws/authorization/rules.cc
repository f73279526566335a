#include "aws/authorization/rules.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <utility>

#include "base/encoding.h"
#include "core/access/access.h"
#include "core/keys/keyring.h"
#include "core/stack/stacks.h"

namespace penstock::aws::authorization {

namespace {

constexpr std::string_view bucket = "arn:aws:s3:::{Bucket}";
constexpr std::string_view object = "arn:aws:s3:::{Bucket}/{Key}";

using Values = std::vector<std::optional<std::string>>;

// One call, as templates read it.
struct Reading {
  const Context& context;
  const OperationModel& operation;
  const void* input;

  std::string arn(std::string_view service, std::string_view resource) const { return context.arn(service, resource); }
  std::optional<std::string> text(std::string_view path) const { return input_text(*operation.input, input, path); }
};

// "TrainingJob" as ARNs have it: "training-job".
std::string with_hyphens(std::string_view words) {
  std::string text;
  for (char c : words) {
    if (std::isupper(static_cast<unsigned char>(c)) && !text.empty()) text += '-';
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

std::optional<std::string> principal_arn(const Reading& reading, access::PrincipalKind kind, const char* type,
                                         const std::optional<std::string>& name) {
  const std::string& caller = reading.context.caller.arn;
  if (!name) {  // operations of users are about the caller when they name none
    if (kind == access::PrincipalKind::user && caller.find(":user/") != std::string::npos) return caller;
    return std::nullopt;
  }
  Outcome<access::Principal> found = reading.context.platform.access.directory().find(kind, *name);
  if (found) return found->arn;
  return "arn:aws:iam::" + reading.context.account + ":" + type + "/" + *name;
}

std::string profile_arn(const Reading& reading, const std::string& name) {
  auto found = reading.context.platform.access.directory().find_profile(name);
  return found ? found->arn : "arn:aws:iam::" + reading.context.account + ":instance-profile/" + name;
}

// A stack that is there by its id; else by its name with any id.
std::optional<std::string> stack_arn(const Reading& reading, const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  if (name->starts_with("arn:")) return name;
  const Context& context = reading.context;
  auto found = context.platform.stacks.find({context.account, context.region, {context.caller.arn}}, *name);
  return found ? found->id : reading.arn("cloudformation", "stack/" + *name + "/*");
}

// A change set may be named by its ARN alone.
std::optional<std::string> stack_of_change_set(const Reading& reading, const std::optional<std::string>& stack) {
  if (stack) return stack_arn(reading, stack);
  const Context& context = reading.context;
  auto found = context.platform.stacks.change_set({context.account, context.region, {context.caller.arn}},
                                                  reading.text("ChangeSetName").value_or(""), {});
  return found ? std::optional(found->stack_id) : std::nullopt;
}

std::string parameter_arn(const Reading& reading, const std::string& name) {
  if (name.starts_with("arn:")) return name;
  return reading.arn("ssm", (name.starts_with('/') ? "parameter" : "parameter/") + name.substr(0, name.find(':')));
}

std::string key_arn(const Reading& reading, const std::string& id) {
  const Context& context = reading.context;
  // An alias stands for its key.
  if (auto found = context.platform.keyring.find({context.region, context.account}, id)) return found->arn;
  if (id.starts_with("arn:")) return id;
  return reading.arn("kms", id.starts_with("alias/") ? id : "key/" + id);
}

// The key under which the member's bytes are encrypted.
std::optional<std::string> key_of_text(const Reading& reading, std::string_view name) {
  const Member* member = find_member(*reading.operation.input, name);
  const void* bytes = member == nullptr ? nullptr : member->get(reading.input);
  if (bytes == nullptr || member->shape->type != Type::blob) return std::nullopt;
  auto key = reading.context.platform.keyring.key_of(*static_cast<const std::string*>(bytes));
  return key ? std::optional(key->arn) : std::nullopt;
}

// The values of {@name:path}.
Values computed(const Reading& reading, std::string_view name, std::string_view path) {
  using Kind = access::PrincipalKind;
  const Context& context = reading.context;
  if (name == "region") return {context.region};
  if (name == "account") return {context.account};
  if (name == "key_of") return {key_of_text(reading, path)};
  if (name == "named") {
    std::string_view noun = sagemaker_noun(reading.operation);
    auto value = reading.text(std::string(noun) + "Name");
    return {value ? std::optional(with_hyphens(noun) + "/" + *value) : std::nullopt};
  }
  Values values = input_values(*reading.operation.input, reading.input, path);
  for (std::optional<std::string>& value : values) {
    if (name == "role") value = principal_arn(reading, Kind::role, "role", value);
    if (name == "user") value = principal_arn(reading, Kind::user, "user", value);
    if (name == "group") value = principal_arn(reading, Kind::group, "group", value);
    if (name == "profile" && value) value = profile_arn(reading, *value);
    if (name == "stack") value = stack_arn(reading, value);
    if (name == "stack_or_any") value = value ? stack_arn(reading, value) : reading.arn("cloudformation", "stack/*/*");
    if (name == "stack_of_change_set") value = stack_of_change_set(reading, value);
    // Buses: the default one where none is named, and by name or ARN; its rules are named without it.
    if (name == "last") value = value ? value->substr(value->rfind('/') + 1) : "default";
    if (name == "bus_of_rule") {
      value = value ? value->substr(value->rfind('/') + 1) + "/" : "";
      if (*value == "default/") value = "";
    }
    if (name == "parameter" && value) value = parameter_arn(reading, *value);
    if (name == "key" && value) value = key_arn(reading, *value);
  }
  return values;
}

// The values of what stands between { and }.
Values values_of(const Reading& reading, std::string_view name) {
  if (name.starts_with('@')) {
    const size_t colon = std::min(name.find(':'), name.size());
    return computed(reading, name.substr(1, colon - 1), name.substr(std::min(colon + 1, name.size())));
  }
  const size_t bar = name.find('|');
  Values values = input_values(*reading.operation.input, reading.input, name.substr(0, bar));
  for (std::optional<std::string>& value : values) {
    if (!value && bar != std::string_view::npos) value = std::string(name.substr(bar + 1));
  }
  return values;
}

// A version or alias is its machine's, told by the key states:StateMachineQualifier ("Versions and aliases", developer
// guide).
std::string without_qualifier(std::string arn) {
  constexpr size_t machine_parts = 7;  // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME
  std::vector<std::string_view> parts = split(arn, ':');
  if (parts.size() <= machine_parts || parts[2] != "states" || parts[5] != "stateMachine") return arn;
  return arn.substr(0, static_cast<size_t>(parts[machine_parts].data() - arn.data()) - 1);
}

// What a template names, each once; "*" alone when a value is absent.
std::vector<std::string> fill_all(const Reading& reading, std::string_view pattern) {
  std::vector<std::string> texts{""};
  for (size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{')) {
    for (std::string& text : texts) text += pattern.substr(0, open);
    const size_t close = pattern.find('}', open);
    Values values = values_of(reading, pattern.substr(open + 1, close - open - 1));
    if (values.empty()) return {"*"};
    std::vector<std::string> longer;
    for (const std::string& text : texts) {
      for (const std::optional<std::string>& value : values) {
        if (!value) return {"*"};
        std::string one = text + *value;
        if (std::ranges::find(longer, one) == longer.end()) longer.push_back(std::move(one));
      }
    }
    texts = std::move(longer);
    pattern.remove_prefix(close + 1);
  }
  for (std::string& text : texts) text = without_qualifier(text + std::string(pattern));
  return texts;
}

std::string fill(const Reading& reading, std::string_view pattern) {
  return std::move(fill_all(reading, pattern).front());
}

// "bucket/key?versionId=..." of x-amz-copy-source.
Need copy_source(std::string_view source) {
  size_t mark = source.find("?versionId=");
  std::string name = uri_decode(source.substr(0, mark));
  if (name.starts_with('/')) name.erase(0, 1);
  return {mark == std::string_view::npos ? "s3:GetObject" : "s3:GetObjectVersion", "arn:aws:s3:::" + name, {}};
}

// S3 asks for another action when a version is named, and for more than one when a call does more than one thing.
void add_s3_needs(const Reading& reading, std::vector<Need>& needs) {
  const Shape& shape = *reading.operation.input;
  const std::string_view name = reading.operation.name;
  std::string action(reading.operation.iam_action);
  if (name == "DeleteObjects") {
    const Values keys = input_values(shape, reading.input, "Delete.Objects[].Key");
    const Values versions = input_values(shape, reading.input, "Delete.Objects[].VersionId");
    for (size_t i = 0; i < keys.size(); ++i) {
      needs.push_back({versions[i] ? "s3:DeleteObjectVersion" : "s3:DeleteObject",
                       fill(reading, bucket) + "/" + keys[i].value_or(""),
                       {}});
    }
    return;
  }
  static constexpr std::string_view of_versions[] = {"GetObject",        "HeadObject",       "DeleteObject",
                                                     "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging",
                                                     "GetObjectAcl",     "PutObjectAcl",     "GetObjectAttributes"};
  if (std::ranges::find(of_versions, name) != std::end(of_versions) && reading.text("VersionId")) {
    size_t at = action.find("Object");
    action.insert(at + 6, "Version");
  }
  const bool on_object = find_member(shape, "Key") != nullptr;
  needs.push_back({action, fill(reading, on_object ? object : bucket), {}});
  if (name == "CopyObject" || name == "UploadPartCopy") {
    needs.push_back(copy_source(reading.text("CopySource").value_or("")));
  }
  if (on_object && name != "PutObjectTagging" && reading.text("Tagging")) {
    needs.push_back({"s3:PutObjectTagging", fill(reading, object), {}});
  }
  if (on_object && name != "PutObjectAcl" && reading.text("ACL")) {
    needs.push_back({"s3:PutObjectAcl", fill(reading, object), {}});
  }
}

}  // namespace

const Rule& RuleBook::find(const OperationModel& operation) {
  {
    std::shared_lock lock(mutex_);
    auto found = rules_.find(&operation);
    if (found != rules_.end()) return found->second;
  }
  std::unique_lock lock(mutex_);
  return rules_.try_emplace(&operation, rule_of(operation)).first->second;  // references stay good
}

std::vector<Need> RuleBook::needs_of(const Context& context, const OperationModel& operation, const void* input) {
  std::vector<Need> needs;
  const std::string_view service = operation.service->name;
  const Reading reading{context, operation, input};
  if (service == "sts" && (operation.name == "GetCallerIdentity" || operation.name == "GetSessionToken")) return needs;
  if (service == "s3" && operation.name != "ListBuckets") {
    add_s3_needs(reading, needs);
    return needs;
  }
  if (service == "kms" && operation.name == "ReEncrypt") {
    return {{"kms:ReEncryptFrom", fill(reading, "{@key_of:CiphertextBlob}")},
            {"kms:ReEncryptTo", fill(reading, "{@key:DestinationKeyId}")}};
  }
  const Rule& rule = find(operation);
  for (std::string& resource : fill_all(reading, rule.resource))
    needs.push_back({std::string(operation.iam_action), std::move(resource), {}});
  if (rule.role.empty()) return needs;
  Values roles =
      rule.role.starts_with('{') ? Values{fill(reading, rule.role)} : input_values(*operation.input, input, rule.role);
  for (std::optional<std::string>& passed : roles) {
    if (passed) needs.push_back({"iam:PassRole", std::move(*passed), std::string(rule.passed_to)});
  }
  return needs;
}

}  // namespace penstock::aws::authorization
