#include "aws/s3/object_lock.h"

#include <utility>

#include "aws/protocol/json_codec.h"
#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"
#include "base/clock.h"
#include "base/json_read.h"

namespace penstock::aws::s3 {

namespace {

constexpr JsonStyle setting_style = {JsonStyle::Names::pascal, JsonStyle::Times::iso8601, false};
constexpr std::string_view setting = "object_lock";
constexpr int64_t day_microseconds = 86'400'000'000;
constexpr int64_t year_days = 365;

Error no_lock_on_bucket() {
  return invalid_request("Bucket is missing Object Lock Configuration");
}

Error no_lock_on_object(const std::string& key) {
  return {"NoSuchObjectLockConfiguration",
          "The specified object does not have a ObjectLock configuration",
          404,
          {{"Key", key}}};
}

Error is_locked() {
  return {"AccessDenied", "Access Denied because object protected by object lock.", 403, {}};
}

bool is_mode(const std::optional<std::string>& mode) {
  return mode == "GOVERNANCE" || mode == "COMPLIANCE";
}

Time until_of(const Json& lock) {
  return time_in(lock, "until").value_or(Time{});
}

Outcome<void> check_until(Time until, Time now) {
  if (until > now) return {};
  return invalid_argument("The retain until date must be in the future!", "x-amz-object-lock-retain-until-date",
                          to_iso8601(until));
}

Outcome<store::Bucket> find_locked_bucket(const Context& context, const std::string& name,
                                          const std::optional<std::string>& owner) {
  auto bucket = find_bucket(context, name, owner);
  if (bucket.ok() && !has_object_lock(*bucket)) return no_lock_on_bucket();
  return bucket;
}

// The version that an operation on its lock is about.
template <class Input>
Outcome<store::ObjectVersion> find_locked_version(Context& context, const Input& input) {
  auto bucket = find_locked_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  auto version = context.platform.objects.version(input.bucket, input.key, input.version_id.value_or(""));
  if (version.ok() && version->delete_marker) return method_not_allowed("GET", "DeleteMarker");
  return version;
}

// May the retention become another? Shorter, or of another mode, only by who bypasses GOVERNANCE.
Outcome<void> check_change(const Json& lock, const std::string& mode, Time until, bool bypass, Time now) {
  if (lock.text("mode").empty() || until_of(lock) <= now) return {};
  bool keeps = lock.text("mode") == mode && until >= until_of(lock);
  if (keeps || (bypass && lock.text("mode") == "GOVERNANCE")) return {};
  return is_locked();
}

Outcome<void> check_configuration(const ObjectLockConfiguration& configuration) {
  if (configuration.object_lock_enabled != "Enabled") return malformed_xml();
  if (!configuration.rule) return {};
  const auto& retention = configuration.rule->default_retention;
  if (!retention || !is_mode(retention->mode) || retention->days.has_value() == retention->years.has_value()) {
    return malformed_xml();
  }
  if (retention->default_event_hold) return not_implemented("event holds of Object Lock");
  if (retention->days.value_or(retention->years.value_or(0)) > 0) return {};
  return invalid_argument("Default retention period must be a positive integer value.", "Days",
                          std::to_string(retention->days.value_or(retention->years.value_or(0))));
}

}  // namespace

bool has_object_lock(const store::Bucket& bucket) {
  return bucket.settings.find(setting) != nullptr;
}

Outcome<Json> read_lock(const LockRequest& request, const store::Bucket& bucket, Time now) {
  bool asked = request.mode || request.until || request.hold;
  if (!has_object_lock(bucket)) return asked ? Outcome<Json>(no_lock_on_bucket()) : Outcome<Json>(Json());
  Json lock;
  if (request.mode.has_value() != request.until.has_value()) {
    return invalid_argument("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                            request.mode ? "x-amz-object-lock-retain-until-date" : "x-amz-object-lock-mode", "null");
  }
  if (request.mode) {
    if (!is_mode(request.mode))
      return invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", *request.mode);
    if (auto future = check_until(*request.until, now); !future) return future.error();
    lock.set("mode", Json(*request.mode));
    lock.set("until", Json(request.until->microseconds));
  } else {
    const Json& retention = bucket.settings[setting]["Rule"]["DefaultRetention"];
    int64_t days = integer_in(retention, "Days").value_or(integer_in(retention, "Years").value_or(0) * year_days);
    if (days > 0) {
      lock.set("mode", Json(retention.text("Mode")));
      lock.set("until", Json(now.microseconds + days * day_microseconds));
    }
  }
  if (request.hold) {
    if (*request.hold != "ON" && *request.hold != "OFF") {
      return invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold",
                              *request.hold);
    }
    lock.set("hold", Json(*request.hold == "ON"));
  }
  return lock;
}

Outcome<void> check_removable(const store::ObjectVersion& version, bool bypass, Time now) {
  const Json& lock = version.attributes["lock"];
  if (lock.is_null()) return {};
  if (flag_in(lock, "hold")) return is_locked();
  bool retained = !lock.text("mode").empty() && until_of(lock) > now;
  if (!retained || (bypass && lock.text("mode") == "GOVERNANCE")) return {};
  return is_locked();
}

store::Condition removable_condition(bool bypass, Time now, store::Condition further) {
  return [=](const store::ObjectVersion* current) -> Outcome<void> {
    if (current != nullptr) {
      if (auto free = check_removable(*current, bypass, now); !free) return free;
    }
    return further ? further(current) : Outcome<void>();
  };
}

// ---- the bucket's configuration

Outcome<GetObjectLockConfigurationOutput> get_object_lock_configuration(Context& context,
                                                                        const GetObjectLockConfigurationInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  const Json* kept = bucket->settings.find(setting);
  if (kept == nullptr) {
    return Error{"ObjectLockConfigurationNotFoundError",
                 "Object Lock configuration does not exist for this bucket",
                 404,
                 {{"BucketName", input.bucket}}};
  }
  GetObjectLockConfigurationOutput output;
  Validation validation;
  auto read = from_json(ObjectLockConfiguration::table, *kept, &output.object_lock_configuration.emplace(), validation,
                        setting_style);
  if (!read) return read.error();
  return output;
}

void put_object_lock_configuration(Context& context, const PutObjectLockConfigurationInput& input,
                                   Reply<PutObjectLockConfigurationOutput> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  if (!input.object_lock_configuration) return reply(malformed_xml());
  if (auto valid = check_configuration(*input.object_lock_configuration); !valid) return reply(valid.error());
  auto edit = [document =
                   to_json(*input.object_lock_configuration, setting_style)](store::Bucket& bucket) -> Outcome<void> {
    if (bucket.versioning != store::Bucket::Versioning::enabled) {
      return Error{"InvalidBucketState",
                   "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
                   409,
                   {}};
    }
    bucket.settings.set(setting, document);
    return {};
  };
  context.platform.objects.edit_bucket(input.bucket, edit,
                                       answering<store::Bucket>(std::move(reply), [](const store::Bucket&) {
                                         return PutObjectLockConfigurationOutput();
                                       }));
}

// ---- a version's lock

Outcome<GetObjectRetentionOutput> get_object_retention(Context& context, const GetObjectRetentionInput& input) {
  auto version = find_locked_version(context, input);
  if (!version) return version.error();
  const Json& lock = version->attributes["lock"];
  if (lock.text("mode").empty()) return no_lock_on_object(input.key);
  GetObjectRetentionOutput output;
  output.retention.emplace().mode = std::string(lock.text("mode"));
  output.retention->retain_until_date = until_of(lock);
  return output;
}

void put_object_retention(Context& context, const PutObjectRetentionInput& input,
                          Reply<PutObjectRetentionOutput> reply) {
  auto version = find_locked_version(context, input);
  if (!version) return reply(to_answer(version.error()));
  if (!input.retention || input.retention->event_hold || input.retention->event_hold_duration) {
    return reply(input.retention ? not_implemented("event holds of Object Lock") : malformed_xml());
  }
  std::string mode = input.retention->mode.value_or("");
  bool removes = mode.empty() && !input.retention->retain_until_date;
  if (!removes && (!is_mode(mode) || !input.retention->retain_until_date)) return reply(malformed_xml());
  Time now = context.platform.clock.now();
  Time until = input.retention->retain_until_date.value_or(Time{});
  if (!removes) {
    if (auto future = check_until(until, now); !future) return reply(future.error());
  }
  bool bypass = input.bypass_governance_retention.value_or(false);
  auto edit = [=](store::ObjectVersion& edited) -> Outcome<void> {
    Json lock = object_in(edited.attributes, "lock");
    if (auto allowed = check_change(lock, mode, until, bypass, now); !allowed) return allowed;
    if (removes) {
      lock.erase("mode");
      lock.erase("until");
    } else {
      lock.set("mode", Json(mode));
      lock.set("until", Json(until.microseconds));
    }
    edited.attributes.set("lock", std::move(lock));
    return {};
  };
  context.platform.objects.edit(input.bucket, input.key, version->version_id, edit,
                                answering<store::ObjectVersion>(std::move(reply), [](const store::ObjectVersion&) {
                                  return PutObjectRetentionOutput();
                                }));
}

Outcome<GetObjectLegalHoldOutput> get_object_legal_hold(Context& context, const GetObjectLegalHoldInput& input) {
  auto version = find_locked_version(context, input);
  if (!version) return version.error();
  const Json& lock = version->attributes["lock"];
  if (lock.find("hold") == nullptr) return no_lock_on_object(input.key);
  GetObjectLegalHoldOutput output;
  output.legal_hold.emplace().status = flag_in(lock, "hold") ? "ON" : "OFF";
  return output;
}

void put_object_legal_hold(Context& context, const PutObjectLegalHoldInput& input,
                           Reply<PutObjectLegalHoldOutput> reply) {
  auto version = find_locked_version(context, input);
  if (!version) return reply(to_answer(version.error()));
  std::string status = input.legal_hold ? input.legal_hold->status.value_or("") : "";
  if (status != "ON" && status != "OFF") return reply(malformed_xml());
  auto edit = [on = status == "ON"](store::ObjectVersion& edited) -> Outcome<void> {
    Json lock = object_in(edited.attributes, "lock");
    lock.set("hold", Json(on));
    edited.attributes.set("lock", std::move(lock));
    return {};
  };
  context.platform.objects.edit(input.bucket, input.key, version->version_id, edit,
                                answering<store::ObjectVersion>(std::move(reply), [](const store::ObjectVersion&) {
                                  return PutObjectLegalHoldOutput();
                                }));
}

}  // namespace penstock::aws::s3
