// A KMS key and an alias as they are kept: records of the kinds "kms.key" (key: the id) and "kms.alias" (key:
// REGION/alias/NAME). A key's material is not among it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"

namespace penstock::keys {

inline constexpr std::string_view key_kind = "kms.key";
inline constexpr std::string_view alias_kind = "kms.alias";

enum class KeyState { enabled, disabled, pending_deletion };

struct Key {
  std::string id;  // a UUID
  std::string arn, region, account;
  std::string description;
  std::string policy;  // the document
  KeyState state = KeyState::enabled;
  bool aws_managed = false;  // made for a service at its first use
  Time created;
  std::optional<Time> deletion;          // while it is pending
  std::optional<int64_t> rotation_days;  // between automatic rotations; none: there are none
  Time rotated;                          // from when the next rotation's time counts
  Json tags = Json::object();

  std::optional<Time> next_rotation() const;
  // DisabledException, KMSInvalidStateException: why it can encrypt and decrypt nothing.
  Outcome<void> check_usable() const;
  // KMSInvalidStateException when it is pending deletion.
  Outcome<void> check_not_pending() const;
};

struct Alias {
  std::string name;  // alias/...
  std::string key_id;
  Time created, updated;
};

Json to_record(const Key& key);
Key key_from_record(const Json& record);
Json to_record(const Alias& alias);
Alias alias_from_record(const Json& record);

// The policy of a key that was made without one: the account's IAM policies decide.
std::string default_key_policy(std::string_view account);

// That of an AWS managed key: everybody of the account may use it, by way of the service ("s3").
std::string managed_key_policy(std::string_view account, std::string_view region, std::string_view service);

}  // namespace penstock::keys
