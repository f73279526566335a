#include "aws/delivery/deliverer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/protocol/guard.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/random.h"
#include "core/event/bus.h"
#include "core/execution/engine.h"
#include "store/log_lines.h"
#include "store/records.h"

namespace penstock::aws::delivery {

namespace {

constexpr std::string_view pending_kind = "event.delivery";
constexpr std::string_view dead_letter_kind = "event.dead_letter";
constexpr std::string_view missed_kind = "event.missed";
constexpr size_t kept_max = 1'000;  // dead letters, and notes of missed runs; the oldest go
constexpr int hops_max = 5;         // an event that goes from bus to bus in a circle ends as a dead letter
constexpr int64_t pause_seconds_min = 1, pause_seconds_max = 3'600;

bool may_pass(const Error& error) {
  return error.status >= 500 || error.code.find("Throttl") != std::string::npos || error.code == "ServiceUnavailable";
}

// 501 is "not served": it never passes.
bool is_worth_retrying(const Error& error) {
  return may_pass(error) && error.status != 501;
}

// As the target's role; the log of who did it shows the rule or schedule.
Context context_for(Platform& platform, const Delivery& delivery) {
  Context context{platform, {}, delivery.region, delivery.account, platform.random.uuid(), delivery.id};
  std::string_view role = delivery.role_arn;
  role = role.substr(role.rfind('/') + 1);
  context.caller.account = delivery.account;
  context.caller.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", delivery.account, role, delivery.id);
  context.caller.user_id = fmt::format("{}:{}", role, delivery.id);
  return context;
}

}  // namespace

void Deliverer::recover() {
  for (store::Records::Record& record : platform_.records.list(pending_kind)) {
    platform_.executions.post([this, delivery = from_record(record.value)] { attempt(delivery); });
  }
}

void Deliverer::deliver(Delivery delivery) {
  delivery.created = platform_.clock.now();
  platform_.records.put(pending_kind, delivery.id, to_record(delivery));
  platform_.executions.post([this, delivery = std::move(delivery)] { attempt(delivery); });
}

// May the rule or schedule still act as its role?
Outcome<void> Deliverer::check_role(const Delivery& delivery) const {
  if (platform_.guard == nullptr || delivery.role_arn.empty()) return {};
  std::string service = arn_parts(delivery.source_arn).service + ".amazonaws.com";
  Outcome<void> trusted = platform_.guard->check_service_role(delivery.role_arn, service, delivery.source_arn);
  if (!trusted || delivery.action != Delivery::Action::forward) return trusted;
  return platform_.guard->check(context_for(platform_, delivery), {"events:PutEvents", delivery.target_arn});
}

void Deliverer::attempt(const Delivery& delivery) {
  if (Outcome<void> may = check_role(delivery); !may) return finish(delivery, may);
  switch (delivery.action) {
    case Delivery::Action::call:
      return call(delivery);
    case Delivery::Action::log:
      return log_line(delivery);
    case Delivery::Action::forward:
      return forward(delivery);
  }
}

void Deliverer::call(const Delivery& delivery) {
  Context context = context_for(platform_, delivery);
  front_.invoke(context, delivery.service, delivery.operation, delivery.parameters, JsonStyle::states(),
                [this, delivery](Outcome<Json> answer) {
                  finish(delivery, answer ? Outcome<void>() : Outcome<void>(std::move(answer.error())));
                });
}

void Deliverer::log_line(const Delivery& delivery) {
  const store::LogGroupName group{delivery.region, std::string(delivery.parameters.text("group"))};
  if (!platform_.log_lines.group(group)) {
    return finish(delivery,
                  Error{"ResourceNotFoundException", "The specified log group does not exist: " + group.name});
  }
  Time now = platform_.clock.now();
  platform_.log_lines.append_making(group, delivery.id, {{now, std::string(delivery.parameters.text("message"))}}, now);
  finish(delivery, {});
}

void Deliverer::forward(const Delivery& delivery) {
  if (delivery.hops >= hops_max) {
    return finish(delivery, Error{"TooManyHops", fmt::format("The event went over {} buses", hops_max)});
  }
  event::Event event;
  event.source = delivery.parameters.text("source");
  event.detail_type = delivery.parameters.text("detail-type");
  event.detail = delivery.parameters["detail"];
  event.whole = delivery.parameters;
  ArnParts target = arn_parts(delivery.target_arn);
  event.region = target.region;
  event.bus = target.resource.substr(target.resource.find('/') + 1);
  event.hops = delivery.hops + 1;
  platform_.bus.publish(event);
  finish(delivery, {});
}

void Deliverer::finish(const Delivery& delivery, const Outcome<void>& result) {
  if (result) {
    platform_.records.erase(pending_kind, delivery.id);
    return;
  }
  Time last = plus_seconds(delivery.created, static_cast<double>(delivery.age_seconds_max));
  bool again =
      is_worth_retrying(result.error()) && delivery.attempts < delivery.retries_max && platform_.clock.now() < last;
  if (!again) return give_up(delivery, result.error());
  retry(delivery);
}

void Deliverer::retry(Delivery delivery) {
  int64_t doublings = std::min<int64_t>(delivery.attempts, 12);
  int64_t pause = std::min(pause_seconds_min << doublings, pause_seconds_max);
  ++delivery.attempts;
  platform_.records.put(pending_kind, delivery.id, to_record(delivery));
  // Jitter: of those that failed together not all come back together.
  double wait = static_cast<double>(pause) * (0.5 + platform_.random.uniform() / 2);
  platform_.executions.set_alarm(plus_seconds(platform_.clock.now(), wait), [this, delivery] { attempt(delivery); });
}

void Deliverer::give_up(const Delivery& delivery, const Error& error) {
  Json letter = to_record(delivery);
  letter.set("errorCode", error.code);
  letter.set("errorMessage", error.message);
  letter.set("at", to_iso8601(platform_.clock.now()));
  put_bounded(dead_letter_kind, delivery.id, std::move(letter));
  platform_.records.erase(pending_kind, delivery.id);
  platform_.log.write(Log::Level::warning, "a delivery failed for good",
                      {{"source", delivery.source_arn},
                       {"target", delivery.target_arn},
                       {"error", error.code},
                       {"message", error.message}});
}

void Deliverer::record_missed(const std::string& source_arn, const event::Dues& dues) {
  if (dues.missed == 0) return;
  Json note = Json::object({{"source", source_arn},
                            {"count", dues.missed},
                            {"first", to_iso8601(dues.missed_first)},
                            {"last", to_iso8601(dues.missed_last)},
                            {"at", to_iso8601(platform_.clock.now())}});
  put_bounded(missed_kind, source_arn, std::move(note));
  platform_.log.write(Log::Level::warning, "times of a schedule passed without their runs",
                      {{"source", source_arn}, {"count", dues.missed}});
}

// Keys begin with the time, so that the oldest come first.
void Deliverer::put_bounded(std::string_view kind, const std::string& id, Json value) {
  platform_.records.put(kind, fmt::format("{:020}/{}", platform_.clock.now().microseconds, id), std::move(value));
  std::vector<store::Records::Record> kept = platform_.records.list(kind, {}, {}, kept_max + 1);
  if (kept.size() > kept_max) platform_.records.erase(kind, kept.front().key);
}

}  // namespace penstock::aws::delivery
