// A parameter as it is kept: a record of the kind "ssm.parameter" (key: REGION/NAME) with its versions, oldest first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"

namespace penstock::aws::ssm {

inline constexpr std::string_view parameter_kind = "ssm.parameter";

struct ParameterVersion {
  int64_t version = 1;
  std::string type;   // String, StringList, SecureString
  std::string value;  // of a SecureString: base64 of what KMS encrypted
  std::string key;    // of a SecureString: as the client named it
  std::string description, allowed_pattern, tier, user;
  Time modified;
  std::vector<std::string> labels;

  bool is_secure() const { return type == "SecureString"; }
};

struct ParameterRecord {
  std::string name, arn;
  std::vector<ParameterVersion> versions;  // never empty
  Json tags = Json::object();

  const ParameterVersion& latest() const { return versions.back(); }
};

Json to_record(const ParameterRecord& parameter);
ParameterRecord parameter_from_record(const Json& record);

// "a/b" and "/a/b" are both .../parameter/a/b.
std::string parameter_arn(const Context& context, std::string_view name);
// The key of the record of a name or an ARN.
std::string parameter_key(const Context& context, std::string_view name);
std::optional<ParameterRecord> find_parameter(const Context& context, std::string_view name);

// The value as the client wrote it, or, unless `decrypted`, as it is kept. The errors are those of KMS.
Outcome<std::string> value_of(Context& context, const ParameterRecord& parameter, const ParameterVersion& version,
                              bool decrypted);
// What is kept of a SecureString's value. InvalidKeyId.
Outcome<std::string> sealed_value(Context& context, const std::string& arn, const std::string& key,
                                  const std::string& value);

Error parameter_not_found();
Error validation_error(std::string message);

}  // namespace penstock::aws::ssm
