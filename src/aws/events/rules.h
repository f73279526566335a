// Rules: the running side of EventBridge. Hears the events of the process's bus, matches them against the rules, keeps
// the times of scheduled rules, and makes a delivery for each target.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aws/context.h"
#include "aws/delivery/deliverer.h"
#include "aws/delivery/timetable.h"
#include "aws/events/rule_record.h"
#include "base/json.h"
#include "base/time.h"
#include "core/event/bus.h"
#include "core/event/pattern.h"
#include "core/event/schedule.h"
#include "core/event/transformer.h"

namespace penstock::aws::events {

class Rules {
 public:
  // `virtual_reach_microseconds`: see delivery::Timetable.
  Rules(Platform& platform, delivery::Deliverer& deliverer, int64_t virtual_reach_microseconds);
  ~Rules();
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  // Takes up all rules; after the engine's recovery.
  void start();
  // The rule of this key was written or erased.
  void changed(const std::string& key);

 private:
  struct Target {
    std::string id, arn, role_arn, dead_letter_arn;
    std::optional<std::string> input;
    std::optional<event::EventPath> path;
    std::optional<event::Transformer> transformer;
    int64_t retries_max = delivery::retries_default;
    int64_t age_seconds_max = delivery::age_seconds_default;
  };
  struct Rule {
    RuleRecord record;
    std::optional<event::Pattern> pattern;
    std::optional<event::Schedule> schedule;
    std::vector<Target> targets;
  };
  using RulePointer = std::shared_ptr<const Rule>;
  using RuleList = std::vector<RulePointer>;

  static RulePointer compile(const Json& record);
  static Target compile_target(const Json& target);
  RulePointer find(const std::string& key);
  void listen();
  void subscribe(const std::string& source);
  void hear(const event::Event& event);
  Json envelope(const event::Event& event) const;
  void keep_time(const std::string& key, const Rule& rule);
  void ring(const std::string& key, Time due);
  void deliver(const Rule& rule, const Json& event, int hops);
  std::string payload_of(const Rule& rule, const Target& target, const Json& event) const;

  Platform& platform_;
  delivery::Deliverer& deliverer_;
  std::mutex mutex_;
  std::map<std::string, RulePointer> rules_;  // those that are enabled and have targets
  std::shared_ptr<const RuleList> patterned_ = std::make_shared<RuleList>();
  std::map<std::string, event::Bus::Subscription> subscriptions_;  // by source; "" is all
  std::atomic<bool> hears_all_{false};
  delivery::Timetable timetable_;  // last: it rings no more once the rest goes
};

}  // namespace penstock::aws::events
