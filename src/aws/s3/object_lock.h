// Object Lock: versions that cannot be removed before a date (retention), or while a hold lies on them. Kept as the
// attribute "lock" of a version: {"mode", "until" (microseconds), "hold": true}. Source: "Locking objects with Object
// Lock", Amazon S3 user guide.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

// What a write asks for.
struct LockRequest {
  std::optional<std::string> mode;
  std::optional<Time> until;
  std::optional<std::string> hold;
};
// The "lock" attribute of a new version: as asked for, else as the bucket's default says; null for none.
// InvalidRequest, InvalidArgument.
Outcome<Json> read_lock(const LockRequest& request, const store::Bucket& bucket, Time now);

// May the version be removed? AccessDenied. `bypass`: the retention of mode GOVERNANCE does not count.
Outcome<void> check_removable(const store::ObjectVersion& version, bool bypass, Time now);

// A removal's condition that asks `check_removable` of a version, then `further` (which may be empty).
store::Condition removable_condition(bool bypass, Time now, store::Condition further);

bool has_object_lock(const store::Bucket& bucket);

template <class Input>
LockRequest lock_request(const Input& input) {
  return {input.object_lock_mode, input.object_lock_retain_until_date, input.object_lock_legal_hold_status};
}

// The members that GetObject and HeadObject share.
template <class Output>
void write_lock(Output& output, const Json& attributes) {
  const Json& lock = attributes["lock"];
  if (lock.is_null()) return;
  if (!lock.text("mode").empty()) {
    output.object_lock_mode = std::string(lock.text("mode"));
    output.object_lock_retain_until_date = Time{lock["until"].as_integer().value_or(0)};
  }
  if (lock.find("hold") != nullptr) output.object_lock_legal_hold_status = lock["hold"].as_boolean() ? "ON" : "OFF";
}

}  // namespace penstock::aws::s3
