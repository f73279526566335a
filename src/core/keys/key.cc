#include "core/keys/key.h"

#include <fmt/format.h>

#include <array>

#include "base/json_read.h"

namespace penstock::keys {

namespace {

constexpr std::array<std::string_view, 3> states = {"enabled", "disabled", "pending_deletion"};
constexpr int64_t day_microseconds = 86'400'000'000;

KeyState state_of(std::string_view name) {
  for (size_t index = 0; index < states.size(); ++index) {
    if (states[index] == name) return static_cast<KeyState>(index);
  }
  return KeyState::disabled;  // what is not understood encrypts nothing
}

}  // namespace

std::optional<Time> Key::next_rotation() const {
  if (!rotation_days) return std::nullopt;
  return Time{rotated.microseconds + *rotation_days * day_microseconds};
}

Outcome<void> Key::check_not_pending() const {
  if (state != KeyState::pending_deletion) return {};
  return Error{"KMSInvalidStateException", arn + " is pending deletion."};
}

Outcome<void> Key::check_usable() const {
  if (state == KeyState::disabled) return Error{"DisabledException", arn + " is disabled."};
  return check_not_pending();
}

Json to_record(const Key& key) {
  return Json::object({{"id", key.id},
                       {"arn", key.arn},
                       {"region", key.region},
                       {"account", key.account},
                       {"description", key.description},
                       {"policy", key.policy},
                       {"state", states[static_cast<size_t>(key.state)]},
                       {"awsManaged", key.aws_managed},
                       {"created", key.created.microseconds},
                       {"deletion", time_or_null(key.deletion)},
                       {"rotationDays", key.rotation_days ? Json(*key.rotation_days) : Json()},
                       {"rotated", key.rotated.microseconds},
                       {"tags", key.tags}});
}

Key key_from_record(const Json& record) {
  Key key;
  key.id = record.text("id");
  key.arn = record.text("arn");
  key.region = record.text("region");
  key.account = record.text("account");
  key.description = record.text("description");
  key.policy = record.text("policy");
  key.state = state_of(record.text("state"));
  key.aws_managed = flag_in(record, "awsManaged");
  key.created = time_in(record, "created").value_or(Time{});
  key.deletion = time_in(record, "deletion");
  key.rotation_days = integer_in(record, "rotationDays");
  key.rotated = time_in(record, "rotated").value_or(key.created);
  key.tags = object_in(record, "tags");
  return key;
}

Json to_record(const Alias& alias) {
  return Json::object({{"name", alias.name},
                       {"key", alias.key_id},
                       {"created", alias.created.microseconds},
                       {"updated", alias.updated.microseconds}});
}

Alias alias_from_record(const Json& record) {
  return {std::string(record.text("name")), std::string(record.text("key")),
          time_in(record, "created").value_or(Time{}), time_in(record, "updated").value_or(Time{})};
}

std::string default_key_policy(std::string_view account) {
  Json statement = Json::object({{"Sid", "Enable IAM User Permissions"},
                                 {"Effect", "Allow"},
                                 {"Principal", Json::object({{"AWS", fmt::format("arn:aws:iam::{}:root", account)}})},
                                 {"Action", "kms:*"},
                                 {"Resource", "*"}});
  return to_pretty_string(Json::object({{"Version", "2012-10-17"},
                                        {"Id", "key-default-1"},
                                        {"Statement", Json(std::vector<Json>{std::move(statement)})}}));
}

std::string managed_key_policy(std::string_view account, std::string_view region, std::string_view service) {
  const Json by_service = Json::object({{"kms:ViaService", fmt::format("{}.{}.amazonaws.com", service, region)},
                                        {"kms:CallerAccount", std::string(account)}});
  Json use =
      Json::object({{"Sid", fmt::format("Allow access through {} for all of the account", service)},
                    {"Effect", "Allow"},
                    {"Principal", Json::object({{"AWS", "*"}})},
                    {"Action", Json(std::vector<Json>{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*",
                                                      "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"})},
                    {"Resource", "*"},
                    {"Condition", Json::object({{"StringEquals", by_service}})}});
  Json look =
      Json::object({{"Sid", "Allow direct access to key metadata to the account"},
                    {"Effect", "Allow"},
                    {"Principal", Json::object({{"AWS", fmt::format("arn:aws:iam::{}:root", account)}})},
                    {"Action", Json(std::vector<Json>{"kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"})},
                    {"Resource", "*"}});
  return to_pretty_string(Json::object({{"Version", "2012-10-17"},
                                        {"Id", fmt::format("auto-{}-2", service)},
                                        {"Statement", Json(std::vector<Json>{std::move(use), std::move(look)})}}));
}

}  // namespace penstock::keys
