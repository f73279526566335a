// Bus: state changes of jobs, executions and stacks, told to whoever subscribed within this process. Delivery is
// synchronous, in the publisher's thread, after the change was written to the store; subscribers must be quick and must
// not call back into the publisher's locks (post work instead).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/json.h"

namespace penstock::event {

// An EventBridge event: source "aws.sagemaker", detail_type "SageMaker Training Job State Change", resource = the ARN
// it is about, detail as AWS documents it for that type.
struct Event {
  std::string source;
  std::string detail_type;
  std::string resource;
  Json detail;
  std::string region = {};  // empty: the one in the resource's ARN
  // Of an event that came whole (PutEvents, another bus): all of it, with id, time and resources. Null: made on
  // delivery.
  Json whole = {};
  std::string bus = "default";
  int hops = 0;  // from bus to bus so far
};

class Bus {
 public:
  using Subscription = uint64_t;
  using Listener = std::function<void(const Event&)>;
  // Hears the events of one source ("aws.sagemaker"), or of all when `source` is empty.
  Subscription subscribe(Listener listener, std::string source = {});
  void unsubscribe(Subscription subscription);
  void publish(const Event& event);
  // False: nobody would hear an event of this source, so it need not be made.
  bool has_listeners(std::string_view source) const;

 private:
  struct Entry {
    std::string source;
    Listener listener;
    bool hears(std::string_view event_source) const { return source.empty() || source == event_source; }
  };
  mutable std::mutex mutex_;
  Subscription next_ = 1;
  std::map<Subscription, Entry> listeners_;
};

}  // namespace penstock::event
