#include "aws/s3/lifecycle_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json_read.h"

namespace penstock::aws::s3 {

namespace {

constexpr int64_t day_microseconds = 86'400'000'000;

std::optional<Time> date_in(const Json& json, std::string_view key) {
  return parse_iso8601(json.text(key));
}

std::optional<uint64_t> size_in(const Json& json, std::string_view key) {
  std::optional<int64_t> size = integer_in(json, key);
  return size ? std::optional<uint64_t>(static_cast<uint64_t>(*size)) : std::nullopt;
}

void add_tag(LifecycleFilter& filter, const Json& tag) {
  if (tag.is_object()) filter.tags.emplace_back(tag.text("Key"), tag.text("Value"));
}

LifecycleFilter filter_of(const Json& rule) {
  LifecycleFilter filter;
  const Json& given = rule["Filter"];
  const Json& parts = given["And"].is_object() ? given["And"] : given;
  filter.prefix = parts.text("Prefix", rule.text("Prefix"));
  add_tag(filter, parts["Tag"]);
  if (parts["Tags"].is_array()) {
    for (const Json& tag : parts["Tags"].items()) add_tag(filter, tag);
  }
  filter.size_above = size_in(parts, "ObjectSizeGreaterThan");
  filter.size_below = size_in(parts, "ObjectSizeLessThan");
  return filter;
}

std::vector<EnabledRule::Transition> transitions_of(const Json& list, const char* days) {
  std::vector<EnabledRule::Transition> transitions;
  if (!list.is_array()) return transitions;
  for (const Json& one : list.items()) {
    transitions.push_back({integer_in(one, days), date_in(one, "Date"), std::string(one.text("StorageClass"))});
  }
  return transitions;
}

bool is_due(const std::optional<int64_t>& days, const std::optional<Time>& date, Time start, Time now) {
  if (days) return due_after(start, *days) <= now;
  return date && *date <= now;
}

// The class of the last transition that is due, when the version has another.
std::optional<std::string> due_class(const std::vector<EnabledRule::Transition>& transitions,
                                     const store::ObjectVersion& version, Time start, Time now) {
  std::optional<std::string> chosen;
  for (const EnabledRule::Transition& transition : transitions) {
    if (is_due(transition.days, transition.date, start, now)) chosen = transition.storage_class;
  }
  if (chosen && version.attributes.text("storage_class", "STANDARD") == *chosen) return std::nullopt;
  return chosen;
}

std::optional<LifecycleAction> action_on_current(const std::vector<EnabledRule>& rules,
                                                 const store::ObjectVersion& version, bool alone, Time now) {
  using Kind = LifecycleAction::Kind;
  std::optional<LifecycleAction> action;
  for (const EnabledRule& rule : rules) {
    if (version.delete_marker) {
      bool expired = rule.lone_markers || is_due(rule.days, rule.date, version.modified, now);
      if (alone && expired && version.key.starts_with(rule.filter.prefix))
        return LifecycleAction{Kind::remove, version, {}};
      continue;
    }
    if (!rule.filter.fits(version)) continue;
    if (is_due(rule.days, rule.date, version.modified, now)) return LifecycleAction{Kind::expire, version, {}};
    auto storage_class = due_class(rule.transitions, version, version.modified, now);
    if (storage_class) action = LifecycleAction{Kind::transition, version, *storage_class};
  }
  return action;
}

// `newer`: how many noncurrent versions are newer; `since`: when it became noncurrent.
std::optional<LifecycleAction> action_on_noncurrent(const std::vector<EnabledRule>& rules,
                                                    const store::ObjectVersion& version, int64_t newer, Time since,
                                                    Time now) {
  using Kind = LifecycleAction::Kind;
  std::optional<LifecycleAction> action;
  for (const EnabledRule& rule : rules) {
    if (!rule.filter.fits(version)) continue;
    bool expired = rule.noncurrent_days && newer >= rule.newer_noncurrent &&
                   is_due(rule.noncurrent_days, std::nullopt, since, now);
    if (expired) return LifecycleAction{Kind::remove, version, {}};
    if (version.delete_marker) continue;
    auto storage_class = due_class(rule.noncurrent_transitions, version, since, now);
    if (storage_class) action = LifecycleAction{Kind::transition, version, *storage_class};
  }
  return action;
}

}  // namespace

bool LifecycleFilter::fits(const store::ObjectVersion& version) const {
  if (!version.key.starts_with(prefix)) return false;
  if (size_above && version.size <= *size_above) return false;
  if (size_below && version.size >= *size_below) return false;
  return std::ranges::all_of(tags, [&](const auto& tag) {
    const Json* value = version.tags.find(tag.first);
    return value != nullptr && value->as_string() == tag.second;
  });
}

std::vector<EnabledRule> enabled_rules(const Json& configuration) {
  std::vector<EnabledRule> rules;
  const Json& list = configuration["Rules"];
  if (!list.is_array()) return rules;
  for (const Json& json : list.items()) {
    if (json.text("Status") != "Enabled") continue;
    EnabledRule& rule = rules.emplace_back();
    rule.id = json.text("ID");
    rule.filter = filter_of(json);
    const Json& expiration = json["Expiration"];
    rule.days = integer_in(expiration, "Days");
    rule.date = date_in(expiration, "Date");
    rule.lone_markers = flag_in(expiration, "ExpiredObjectDeleteMarker");
    const Json& noncurrent = json["NoncurrentVersionExpiration"];
    rule.noncurrent_days = integer_in(noncurrent, "NoncurrentDays");
    rule.newer_noncurrent = integer_in(noncurrent, "NewerNoncurrentVersions").value_or(0);
    rule.abort_days = integer_in(json["AbortIncompleteMultipartUpload"], "DaysAfterInitiation");
    rule.transitions = transitions_of(json["Transitions"], "Days");
    rule.noncurrent_transitions = transitions_of(json["NoncurrentVersionTransitions"], "NoncurrentDays");
  }
  return rules;
}

Time due_after(Time start, int64_t days) {
  int64_t day = start.microseconds / day_microseconds;
  bool is_midnight = start.microseconds % day_microseconds == 0;
  return Time{(day + days + (is_midnight ? 0 : 1)) * day_microseconds};
}

std::optional<Expiry> expiry_of(const std::vector<EnabledRule>& rules, const store::ObjectVersion& version) {
  std::optional<Expiry> first;
  for (const EnabledRule& rule : rules) {
    if ((!rule.days && !rule.date) || !rule.filter.fits(version)) continue;
    Time due = rule.days ? due_after(version.modified, *rule.days) : *rule.date;
    if (!first || due < first->due) first = Expiry{due, rule.id};
  }
  return first;
}

std::string expiration_header(const Expiry& expiry) {
  return fmt::format("expiry-date=\"{}\", rule-id=\"{}\"", to_http_date(expiry.due), uri_encode(expiry.rule_id));
}

std::vector<LifecycleAction> due_actions(const std::vector<EnabledRule>& rules,
                                         const std::vector<store::ObjectVersion>& versions, Time now) {
  std::vector<LifecycleAction> actions;
  for (size_t index = 0; index < versions.size(); ++index) {
    auto action = index == 0 ? action_on_current(rules, versions[0], versions.size() == 1, now)
                             : action_on_noncurrent(rules, versions[index], static_cast<int64_t>(index) - 1,
                                                    versions[index - 1].modified, now);
    if (action) actions.push_back(std::move(*action));
  }
  return actions;
}

bool is_upload_due(const std::vector<EnabledRule>& rules, const store::Upload& upload, Time now) {
  return std::ranges::any_of(rules, [&](const EnabledRule& rule) {
    return rule.abort_days && upload.key.starts_with(rule.filter.prefix) &&
           is_due(rule.abort_days, std::nullopt, upload.created, now);
  });
}

}  // namespace penstock::aws::s3
