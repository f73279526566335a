#include "aws/s3/lifecycle.h"

#include <algorithm>
#include <utility>

#include "aws/s3/notification.h"
#include "aws/s3/object_lock.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "store/records.h"

namespace penstock::aws::s3 {

namespace {

// When it last ran, and when rules were last set: {"ran", "changed"} in microseconds.
constexpr std::string_view state_kind = "s3.lifecycle";
constexpr std::string_view state_key = "daily";
constexpr std::string_view alarm = "lifecycle";
constexpr int64_t day_microseconds = 86'400'000'000;

Time midnight_before(Time time) {
  return Time{time.microseconds / day_microseconds * day_microseconds};
}

bool has_rules(const store::Bucket& bucket) {
  return bucket.settings.find("lifecycle") != nullptr;
}

}  // namespace

Lifecycle::Lifecycle(Platform& platform, int64_t virtual_reach_microseconds)
    : platform_(platform),
      timetable_(platform.executions, virtual_reach_microseconds, [this](const std::string&, Time due) { ring(due); }) {
}

void Lifecycle::start() {
  if (std::ranges::none_of(platform_.objects.buckets(), has_rules)) return;
  std::optional<Json> state = platform_.records.get(state_kind, state_key);
  if (!state) return changed();
  used_ = true;
  Time now = platform_.clock.now();
  if (time_in(*state, "ran").value_or(Time{}) < midnight_before(now)) {
    platform_.executions.post([this, now] { run(now); });
  }
  keep_time(time_in(*state, "changed").value_or(now));
}

void Lifecycle::changed() {
  used_ = true;
  Time now = platform_.clock.now();
  Json state = platform_.records.get(state_kind, state_key).value_or(Json::object({{"ran", now.microseconds}}));
  state.set("changed", Json(now.microseconds));
  platform_.records.put(state_kind, state_key, std::move(state));
  keep_time(now);
}

void Lifecycle::keep_time(Time since) {
  Time next{midnight_before(platform_.clock.now()).microseconds + day_microseconds};
  timetable_.set(std::string(alarm), next, since);
}

void Lifecycle::ring(Time) {
  run(platform_.clock.now());
  std::optional<Json> state = platform_.records.get(state_kind, state_key);
  used_ = std::ranges::any_of(platform_.objects.buckets(), has_rules);
  if (!state || !used_) return;  // until rules are set again
  keep_time(time_in(*state, "changed").value_or(Time{}));
}

void Lifecycle::run(Time now) {
  for (const store::Bucket& bucket : platform_.objects.buckets()) {
    if (has_rules(bucket)) run_bucket(bucket, now);
  }
  platform_.records.update(state_kind, state_key, [&](Json& state) {
    state.set("ran", Json(now.microseconds));
    return true;
  });
}

// All versions, key by key.
void Lifecycle::run_bucket(const store::Bucket& bucket, Time now) {
  std::vector<EnabledRule> rules = enabled_rules(bucket.settings["lifecycle"]);
  store::ListQuery query;
  query.bucket = bucket.name;
  query.versions = true;
  std::vector<store::ObjectVersion> of_key;
  for (;;) {
    auto page = platform_.objects.list(query);
    if (!page) return;  // the bucket went
    for (store::ObjectVersion& version : page->objects) {
      if (!of_key.empty() && of_key.front().key != version.key) {
        act(bucket, rules, of_key, now);
        of_key.clear();
      }
      of_key.push_back(std::move(version));
    }
    if (!page->truncated) break;
    query.after = page->next_after;
    query.after_version = page->next_after_version;
  }
  act(bucket, rules, of_key, now);
  abort_uploads(bucket, rules, now);
}

void Lifecycle::act(const store::Bucket& bucket, const std::vector<EnabledRule>& rules,
                    const std::vector<store::ObjectVersion>& versions, Time now) {
  for (LifecycleAction& action : due_actions(rules, versions, now)) {
    const store::ObjectVersion& version = action.version;
    if (action.kind == LifecycleAction::Kind::transition) {
      // The class is a name here: all content lies on the same disk.
      auto edit = [storage_class = action.storage_class](store::ObjectVersion& edited) -> Outcome<void> {
        edited.attributes.set("storage_class", Json(storage_class));
        return {};
      };
      platform_.objects.edit(bucket.name, version.key, version.version_id, edit, [](Outcome<store::ObjectVersion>) {});
      continue;
    }
    store::Removal removal{version.key, std::nullopt, {}};
    bool leaves_marker =
        action.kind == LifecycleAction::Kind::expire && bucket.versioning != store::Bucket::Versioning::never;
    if (!leaves_marker) removal.version_id = version.version_id;
    auto unchanged = [order = version.order,
                      marker = version.delete_marker](const store::ObjectVersion* current) -> Outcome<void> {
      bool is_same = current == nullptr ? marker : current->order == order;
      if (is_same) return {};
      return Error{"PreconditionFailed", "The object was written meanwhile", 412};
    };
    removal.condition = leaves_marker ? store::Condition(unchanged) : removable_condition(false, now, unchanged);
    auto announce = expiration_announcer(platform_, bucket);
    platform_.objects.remove(bucket.name, {std::move(removal)},
                             [announce, key = version.key](Outcome<std::vector<Outcome<store::Removed>>> removed) {
                               if (removed && removed->front()) announce(key, *removed->front());
                             });
  }
}

void Lifecycle::abort_uploads(const store::Bucket& bucket, const std::vector<EnabledRule>& rules, Time now) {
  store::UploadQuery query;
  query.bucket = bucket.name;
  for (;;) {
    auto page = platform_.objects.uploads(query);
    if (!page) return;
    for (const store::Upload& upload : page->uploads) {
      if (!is_upload_due(rules, upload, now)) continue;
      platform_.objects.abort_upload(bucket.name, upload.key, upload.id, [](Outcome<void>) {});
    }
    if (!page->truncated) return;
    query.after_key = page->next_after_key;
    query.after_id = page->next_after_id;
  }
}

}  // namespace penstock::aws::s3
