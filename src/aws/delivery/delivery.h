// Delivery: one thing that a rule or a schedule has to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "core/event/bus.h"

namespace penstock::aws::delivery {

// Limits and defaults of RetryPolicy in the API references of EventBridge and EventBridge Scheduler.
inline constexpr int64_t retries_default = 185;
inline constexpr int64_t age_seconds_default = 86'400;

struct Delivery {
  enum class Action {
    call,     // an operation of a service, as the role
    log,      // a line in a log group
    forward,  // an event to another bus
  };
  // The same at each attempt and after a restart: it names what is started.
  std::string id;
  std::string source_arn;  // of the rule or schedule
  std::string target_arn;
  std::string role_arn;
  std::string region, account;
  Action action = Action::call;
  std::string service, operation;  // of a call
  Json parameters;                 // of a call; {"group", "message"} of a log; the event of a forward
  int hops = 0;                    // of a forward
  std::string dead_letter_arn;
  int64_t retries_max = retries_default;
  int64_t age_seconds_max = age_seconds_default;
  Time created;
  int64_t attempts = 0;  // that have failed
};

Json to_record(const Delivery& delivery);
Delivery from_record(const Json& record);

// A UUID that stands for these words, always the same.
std::string name_of(std::string_view words);

// Parts of arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE; empty ones when the text is none.
struct ArnParts {
  std::string service, region, account, resource;
};
ArnParts arn_parts(std::string_view arn);

}  // namespace penstock::aws::delivery
