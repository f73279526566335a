// Deliverer: does the deliveries of rules and schedules.
//
// A delivery is a record ("event.delivery") from before it is tried until it is done, so that a crash loses none. An
// error that may pass (a full disk, a busy service: status 5xx or throttling) is tried again with growing pauses, as
// the target's RetryPolicy allows; any other, and the last, makes it a dead letter: a record of the kind
// "event.dead_letter" that names the target, its DeadLetterConfig, the request and the error, and a warning in the
// server's log.
#pragma once

#include <string>

#include "aws/context.h"
#include "aws/delivery/delivery.h"
#include "aws/protocol/front.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/event/dues.h"

namespace penstock::aws::delivery {

class Deliverer {
 public:
  Deliverer(Platform& platform, const Front& front) : platform_(platform), front_(front) {}
  // Takes up what a crash or a stop left undone.
  void recover();
  // Returns at once; the delivery survives a crash as soon as what was written so far is durable.
  void deliver(Delivery delivery);
  // Sets down that times of a schedule passed without their runs ("event.missed").
  void record_missed(const std::string& source_arn, const event::Dues& dues);

 private:
  Outcome<void> check_role(const Delivery& delivery) const;
  void attempt(const Delivery& delivery);
  void call(const Delivery& delivery);
  void log_line(const Delivery& delivery);
  void forward(const Delivery& delivery);
  void finish(const Delivery& delivery, const Outcome<void>& result);
  void retry(Delivery delivery);
  void give_up(const Delivery& delivery, const Error& error);
  void put_bounded(std::string_view kind, const std::string& id, Json value);

  Platform& platform_;
  const Front& front_;
};

}  // namespace penstock::aws::delivery
