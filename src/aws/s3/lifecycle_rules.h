// What a bucket's lifecycle rules say about its objects: pure functions over a listing and a time. Sources: "Lifecycle
// configuration elements" and "Expiring objects", Amazon S3 user guide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

struct LifecycleFilter {
  std::string prefix;
  std::vector<std::pair<std::string, std::string>> tags;
  std::optional<uint64_t> size_above, size_below;  // bytes, exclusive

  bool fits(const store::ObjectVersion& version) const;
};

struct EnabledRule {
  struct Transition {
    std::optional<int64_t> days;
    std::optional<Time> date;
    std::string storage_class;
  };
  std::string id;
  LifecycleFilter filter;
  std::optional<int64_t> days;  // of the expiration of current versions
  std::optional<Time> date;
  bool lone_markers = false;  // delete markers behind which nothing is left
  std::optional<int64_t> noncurrent_days;
  int64_t newer_noncurrent = 0;  // so many noncurrent versions are kept
  std::optional<int64_t> abort_days;
  std::vector<Transition> transitions, noncurrent_transitions;
};

// The rules of the setting that are enabled.
std::vector<EnabledRule> enabled_rules(const Json& configuration);

// The midnight (UTC) after `days` from `start`: when S3 acts.
Time due_after(Time start, int64_t days);

// When the current version expires, and by which rule.
struct Expiry {
  Time due;
  std::string rule_id;
};
std::optional<Expiry> expiry_of(const std::vector<EnabledRule>& rules, const store::ObjectVersion& version);
// The header x-amz-expiration of it.
std::string expiration_header(const Expiry& expiry);

// What is to be done by `now` with the versions of one key, newest first.
struct LifecycleAction {
  enum class Kind { expire, remove, transition } kind = Kind::expire;
  store::ObjectVersion version;
  std::string storage_class;  // of a transition
};
std::vector<LifecycleAction> due_actions(const std::vector<EnabledRule>& rules,
                                         const std::vector<store::ObjectVersion>& versions, Time now);

bool is_upload_due(const std::vector<EnabledRule>& rules, const store::Upload& upload, Time now);

}  // namespace penstock::aws::s3
