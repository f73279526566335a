#include "core/event/dues.h"

namespace penstock::event {

namespace {

void miss(Dues& dues, Time due) {
  if (dues.missed == 0) dues.missed_first = due;
  dues.missed_last = due;
  ++dues.missed;
}

}  // namespace

Dues collect_dues(const Schedule& schedule, Time anchor, Time first, Time clock, const DueRule& rule) {
  Dues dues;
  std::optional<Time> due = first;
  for (; due && *due <= clock; due = schedule.next(*due, anchor)) {
    if (rule.end && *due > *rule.end) break;
    if (*due < rule.oldest) {
      miss(dues, *due);
    } else {
      dues.now.push_back(*due);
    }
  }
  if (dues.now.size() > rule.count_max) {
    auto kept = dues.now.end() - static_cast<ptrdiff_t>(rule.count_max);
    for (auto old = dues.now.begin(); old != kept; ++old) miss(dues, *old);
    dues.now.erase(dues.now.begin(), kept);
  }
  if (due && !(rule.end && *due > *rule.end)) dues.next = due;
  return dues;
}

}  // namespace penstock::event
