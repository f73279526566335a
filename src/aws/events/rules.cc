#include "aws/events/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "store/records.h"

namespace penstock::aws::events {

namespace {

// The next time of each schedule, by rule: {"due", "anchor"} in microseconds.
constexpr std::string_view due_kind = "events.due";
// "EventBridge ... schedules with a precision of one minute": what is later than that was missed.
constexpr int64_t late_microseconds_max = 60'000'000;

std::optional<std::string> text_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->as_string());
}

int64_t integer_of(const Json& object, std::string_view key, int64_t otherwise) {
  const Json* value = object.find(key);
  return value && value->is_number() ? value->as_integer().value_or(otherwise) : otherwise;
}

}  // namespace

Rules::Rules(Platform& platform, delivery::Deliverer& deliverer, int64_t virtual_reach_microseconds)
    : platform_(platform),
      deliverer_(deliverer),
      timetable_(platform.executions, virtual_reach_microseconds,
                 [this](const std::string& key, Time due) { ring(key, due); }) {}

Rules::~Rules() {
  for (auto& [source, subscription] : subscriptions_) platform_.bus.unsubscribe(subscription);
}

void Rules::start() {
  for (const store::Records::Record& record : platform_.records.list(rule_kind)) changed(record.key);
}

// ---- compiled rules

Rules::Target Rules::compile_target(const Json& json) {
  Target target;
  target.id = json.text("Id");
  target.arn = json.text("Arn");
  target.role_arn = json.text("RoleArn");
  target.dead_letter_arn = json["DeadLetterConfig"].text("Arn");
  target.input = text_of(json, "Input");
  target.retries_max = integer_of(json["RetryPolicy"], "MaximumRetryAttempts", delivery::retries_default);
  target.age_seconds_max = integer_of(json["RetryPolicy"], "MaximumEventAgeInSeconds", delivery::age_seconds_default);
  if (auto text = text_of(json, "InputPath")) {
    if (Outcome<event::EventPath> path = event::EventPath::parse(*text)) target.path = std::move(*path);
  }
  if (const Json* transformer = json.find("InputTransformer")) {
    event::Transformer::Paths paths;
    if (const Json* map = transformer->find("InputPathsMap")) {
      for (const JsonMember& member : map->members()) paths.emplace_back(member.key, member.value.as_string());
    }
    auto parsed = event::Transformer::parse(paths, transformer->text("InputTemplate"));
    if (parsed) target.transformer = std::move(*parsed);
  }
  return target;
}

// Null when there is nothing to run.
Rules::RulePointer Rules::compile(const Json& record) {
  auto rule = std::make_shared<Rule>();
  rule->record = rule_from_record(record);
  if (!rule->record.enabled || rule->record.targets.size() == 0) return nullptr;
  for (const Json& target : rule->record.targets.items()) rule->targets.push_back(compile_target(target));
  if (!rule->record.pattern.empty()) {
    if (auto pattern = event::Pattern::parse(rule->record.pattern)) rule->pattern = std::move(*pattern);
  }
  if (!rule->record.schedule.empty()) {
    if (auto schedule = event::Schedule::parse(rule->record.schedule)) rule->schedule = std::move(*schedule);
  }
  return rule;
}

Rules::RulePointer Rules::find(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto found = rules_.find(key);
  return found == rules_.end() ? nullptr : found->second;
}

void Rules::changed(const std::string& key) {
  std::optional<Json> record = platform_.records.get(rule_kind, key);
  RulePointer rule = record ? compile(*record) : nullptr;
  {
    std::lock_guard lock(mutex_);
    if (rule) {
      rules_[key] = rule;
    } else {
      rules_.erase(key);
    }
    auto patterned = std::make_shared<RuleList>();
    for (const auto& [name, each] : rules_) {
      if (each->pattern) patterned->push_back(each);
    }
    patterned_ = std::move(patterned);
  }
  if (rule && rule->pattern) listen();
  if (rule && rule->schedule) {
    keep_time(key, *rule);
  } else {
    timetable_.clear(key);
    platform_.records.erase(due_kind, key);
  }
}

// ---- events

// Only what some rule may match is heard: events that nobody hears are not even made. What was heard once stays heard.
void Rules::listen() {
  std::shared_ptr<const RuleList> patterned;
  {
    std::lock_guard lock(mutex_);
    patterned = patterned_;
  }
  for (const RulePointer& rule : *patterned) {
    std::vector<std::string> sources = rule->pattern->sources();
    if (sources.empty()) sources.emplace_back();
    for (const std::string& source : sources) subscribe(source);
  }
}

void Rules::subscribe(const std::string& source) {
  std::lock_guard lock(mutex_);
  if (subscriptions_.contains(source)) return;
  bool all = source.empty();
  auto listener = [this, all](const event::Event& event) {
    if (all == hears_all_) hear(event);  // once, though two subscriptions may hear it
  };
  subscriptions_[source] = platform_.bus.subscribe(listener, source);
  if (all) hears_all_ = true;
}

Json Rules::envelope(const event::Event& event) const {
  if (!event.whole.is_null()) return event.whole;
  delivery::ArnParts arn = delivery::arn_parts(event.resource);
  Json resources = Json::array();
  if (!event.resource.empty()) resources.push_back(event.resource);
  return Json::object({{"version", "0"},
                       {"id", platform_.random.uuid()},
                       {"detail-type", event.detail_type},
                       {"source", event.source},
                       {"account", arn.account.empty() ? platform_.account : arn.account},
                       {"time", to_iso8601_seconds(platform_.clock.now())},
                       {"region", event.region.empty() ? arn.region : event.region},
                       {"resources", std::move(resources)},
                       {"detail", event.detail}});
}

// In the publisher's thread: what matches is kept as a delivery, and done elsewhere.
void Rules::hear(const event::Event& event) {
  std::shared_ptr<const RuleList> patterned;
  {
    std::lock_guard lock(mutex_);
    patterned = patterned_;
  }
  if (patterned->empty()) return;
  Json whole = envelope(event);
  std::string_view region = event.whole.is_null() ? whole.text("region") : std::string_view(event.region);
  for (const RulePointer& rule : *patterned) {
    if (rule->record.bus != event.bus || rule->record.region != region) continue;
    if (rule->pattern->matches(whole)) deliver(*rule, whole, event.hops);
  }
}

// ---- schedules

void Rules::keep_time(const std::string& key, const Rule& rule) {
  const RuleRecord& record = rule.record;
  std::optional<Json> kept = platform_.records.get(due_kind, key);
  std::optional<Time> due;
  if (kept && integer_of(*kept, "anchor", -1) == record.anchor.microseconds) {
    due = Time{integer_of(*kept, "due", 0)};
  } else {
    due = rule.schedule->next(platform_.clock.now(), record.anchor);
  }
  if (!due) return;
  platform_.records.put(due_kind, key,
                        Json::object({{"due", due->microseconds}, {"anchor", record.anchor.microseconds}}));
  timetable_.set(key, *due, record.changed);
}

void Rules::ring(const std::string& key, Time due) {
  RulePointer rule = find(key);
  if (!rule || !rule->schedule) return;
  const RuleRecord& record = rule->record;
  Time now = platform_.clock.now();
  event::DueRule policy{.oldest = Time{now.microseconds - late_microseconds_max}, .end = {}};
  event::Dues dues = event::collect_dues(*rule->schedule, record.anchor, due, now, policy);
  deliverer_.record_missed(record.arn, dues);
  for (Time time : dues.now) {
    // The same id if a crash makes it run again: the delivery then finds what it started.
    std::string id =
        delivery::name_of(fmt::format("{} {} {}", record.arn, record.anchor.microseconds, time.microseconds));
    deliver(*rule,
            Json::object({{"version", "0"},
                          {"id", id},
                          {"detail-type", "Scheduled Event"},
                          {"source", "aws.events"},
                          {"account", record.account},
                          {"time", to_iso8601_seconds(time)},
                          {"region", record.region},
                          {"resources", Json(std::vector<Json>{record.arn})},
                          {"detail", Json::object()}}),
            0);
  }
  // A change meanwhile has set its own time.
  if (find(key) != rule || !dues.next) return;
  Json next = Json::object({{"due", dues.next->microseconds}, {"anchor", record.anchor.microseconds}});
  platform_.records.put(due_kind, key, std::move(next));
  timetable_.set(key, *dues.next, record.changed);
}

// ---- deliveries

std::string Rules::payload_of(const Rule& rule, const Target& target, const Json& event) const {
  if (target.input) return *target.input;
  if (target.path) {
    std::optional<Json> part = target.path->find(event);
    return part ? to_string(*part) : "";
  }
  if (target.transformer) {
    return target.transformer->apply(event, {rule.record.arn, rule.record.name, to_iso8601(platform_.clock.now())});
  }
  return to_string(event);
}

void Rules::deliver(const Rule& rule, const Json& event, int hops) {
  std::string_view event_id = event.text("id");
  for (const Target& target : rule.targets) {
    delivery::ArnParts arn = delivery::arn_parts(target.arn);
    delivery::Delivery delivery;
    delivery.id = delivery::name_of(fmt::format("{} {} {}", event_id, rule.record.arn, target.id));
    delivery.source_arn = rule.record.arn;
    delivery.target_arn = target.arn;
    delivery.role_arn = target.role_arn;
    delivery.region = arn.region;
    delivery.account = arn.account;
    delivery.dead_letter_arn = target.dead_letter_arn;
    delivery.retries_max = target.retries_max;
    delivery.age_seconds_max = target.age_seconds_max;
    if (arn.service == "states") {
      delivery.service = "states";
      delivery.operation = "StartExecution";
      delivery.parameters = Json::object({{"StateMachineArn", target.arn},
                                          {"Name", fmt::format("{}_{}", event_id, delivery.id)},
                                          {"Input", payload_of(rule, target, event)}});
    } else if (arn.service == "logs") {
      delivery.action = delivery::Delivery::Action::log;
      std::string group = arn.resource.substr(arn.resource.find(':') + 1);
      if (group.ends_with(":*")) group.resize(group.size() - 2);
      delivery.parameters = Json::object({{"group", group}, {"message", payload_of(rule, target, event)}});
    } else {
      delivery.action = delivery::Delivery::Action::forward;
      delivery.parameters = event;
      delivery.hops = hops;
    }
    deliverer_.deliver(std::move(delivery));
  }
}

}  // namespace penstock::aws::events
