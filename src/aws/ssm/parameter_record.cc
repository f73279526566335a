#include "aws/ssm/parameter_record.h"

#include <fmt/format.h>

#include <utility>

#include "aws/protocol/guard.h"
#include "base/encoding.h"
#include "base/json_read.h"
#include "core/keys/keyring.h"
#include "store/records.h"

namespace penstock::aws::ssm {

namespace {

Json to_json(const ParameterVersion& version) {
  return Json::object({{"version", version.version},
                       {"type", version.type},
                       {"value", version.value},
                       {"key", version.key},
                       {"description", version.description},
                       {"pattern", version.allowed_pattern},
                       {"tier", version.tier},
                       {"user", version.user},
                       {"modified", version.modified.microseconds},
                       {"labels", list_of(version.labels)}});
}

ParameterVersion version_from(const Json& json) {
  ParameterVersion version;
  version.version = integer_in(json, "version").value_or(1);
  version.type = json.text("type");
  version.value = json.text("value");
  version.key = json.text("key");
  version.description = json.text("description");
  version.allowed_pattern = json.text("pattern");
  version.tier = json.text("tier");
  version.user = json.text("user");
  version.modified = time_in(json, "modified").value_or(Time{});
  version.labels = texts_of(json["labels"]);
  return version;
}

// As on AWS: a value cannot be taken for another parameter's.
Json encryption_context(const std::string& arn) {
  return Json::object({{"PARAMETER_ARN", arn}});
}

}  // namespace

Json to_record(const ParameterRecord& parameter) {
  Json versions = Json::array();
  for (const ParameterVersion& version : parameter.versions) versions.push_back(to_json(version));
  return Json::object(
      {{"name", parameter.name}, {"arn", parameter.arn}, {"versions", std::move(versions)}, {"tags", parameter.tags}});
}

ParameterRecord parameter_from_record(const Json& record) {
  ParameterRecord parameter;
  parameter.name = record.text("name");
  parameter.arn = record.text("arn");
  if (record["versions"].is_array()) {
    for (const Json& version : record["versions"].items()) parameter.versions.push_back(version_from(version));
  }
  if (parameter.versions.empty()) parameter.versions.emplace_back();
  parameter.tags = object_in(record, "tags");
  return parameter;
}

std::string parameter_arn(const Context& context, std::string_view name) {
  return context.arn("ssm", fmt::format("parameter{}{}", name.starts_with('/') ? "" : "/", name));
}

std::string parameter_key(const Context& context, std::string_view name) {
  std::string prefix = context.arn("ssm", "parameter");
  if (!name.starts_with(prefix)) return fmt::format("{}/{}", context.region, name);
  // Both names lead to this ARN; the one with slashes inside must begin with one.
  std::string_view path = name.substr(prefix.size());
  if (path.find('/', 1) == std::string_view::npos) {
    std::string plain = fmt::format("{}{}", context.region, path);
    if (context.platform.records.get(parameter_kind, plain)) return plain;
  }
  return fmt::format("{}/{}", context.region, path);
}

std::optional<ParameterRecord> find_parameter(const Context& context, std::string_view name) {
  std::optional<Json> record = context.platform.records.get(parameter_kind, parameter_key(context, name));
  if (!record) return std::nullopt;
  return parameter_from_record(*record);
}

// May the caller do that with the key that the parameter is encrypted under?
Outcome<void> check_key_use(const Context& context, std::string_view action, const keys::Key& key,
                            const std::string& parameter_arn) {
  Guard* guard = context.platform.guard;
  if (guard == nullptr) return {};
  const Json given = encryption_context(parameter_arn);
  const KeyUse use{"ssm", given};
  Outcome<void> allowed = guard->check(context, {.action = std::string(action), .resource = key.arn, .key_use = &use});
  if (!allowed) return Error{"AccessDeniedException", allowed.error().message};
  return {};
}

Outcome<std::string> value_of(Context& context, const ParameterRecord& parameter, const ParameterVersion& version,
                              bool decrypted) {
  if (!version.is_secure() || !decrypted) return version.value;
  std::optional<std::string> sealed = from_base64(version.value);
  Outcome<keys::Opened> opened =
      context.platform.keyring.decrypt(sealed.value_or(""), encryption_context(parameter.arn));
  if (!opened) {
    return Error{"InvalidKeyId", fmt::format("{}: {}", opened.error().code, opened.error().message)};
  }
  if (auto allowed = check_key_use(context, "kms:Decrypt", opened->key, parameter.arn); !allowed)
    return allowed.error();
  return std::move(opened->plain);
}

Outcome<std::string> sealed_value(Context& context, const std::string& arn, const std::string& key,
                                  const std::string& value) {
  keys::Place place{context.region, context.account};
  keys::Keyring& keyring = context.platform.keyring;
  Outcome<keys::Key> found = key == "alias/aws/ssm" ? keyring.managed(place, "ssm") : keyring.find(place, key);
  if (!found) return Error{"InvalidKeyId", fmt::format("Invalid keyId {}: {}", key, found.error().message)};
  if (auto allowed = check_key_use(context, "kms:Encrypt", *found, arn); !allowed) return allowed.error();
  Outcome<std::string> sealed = keyring.encrypt(*found, value, encryption_context(arn));
  if (!sealed) return Error{"InvalidKeyId", fmt::format("{}: {}", sealed.error().code, sealed.error().message)};
  return to_base64(*sealed);
}

Error parameter_not_found() {
  return {"ParameterNotFound", ""};
}

Error validation_error(std::string message) {
  return {"ValidationException", std::move(message)};
}

}  // namespace penstock::aws::ssm
