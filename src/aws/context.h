// Platform: everything the front ends work on, built once by server/. Context: one call. Includes none of it: who works
// on a part includes that part.
#pragma once

#include <string>
#include <string_view>
#include <typeindex>
#include <unordered_map>
#include <vector>

namespace penstock {
class Clock;
class Random;
class Disk;
class Log;
}  // namespace penstock
namespace penstock::store {
class Database;
class Records;
class Objects;
class LogLines;
}  // namespace penstock::store
namespace penstock::event {
class Bus;
}
namespace penstock::access {
class Access;
}
namespace penstock::job {
class Manager;
}
namespace penstock::execution {
class Engine;
}
namespace penstock::stack {
class Stacks;
}
namespace penstock::keys {
class Keyring;
}

namespace penstock::aws {

class Front;  // all services' operation tables (aws/protocol/front.h)
class Guard;  // who may do what (aws/protocol/guard.h)

// The running sides of services that act on their own (the rules of EventBridge, the agenda of Scheduler), by their
// types: no service knows another's.
class RunningSides {
 public:
  template <class Side>
  void add(Side& side) {
    sides_[typeid(Side)] = &side;
  }
  // Null: the service does nothing on its own here.
  template <class Side>
  Side* find() const {
    auto found = sides_.find(typeid(Side));
    return found == sides_.end() ? nullptr : static_cast<Side*>(found->second);
  }

 private:
  std::unordered_map<std::type_index, void*> sides_;
};

struct Platform {
  Clock& clock;
  Random& random;
  Disk& disk;
  Log& log;
  store::Database& database;
  store::Records& records;
  store::Objects& objects;
  store::LogLines& log_lines;
  event::Bus& bus;
  access::Access& access;
  job::Manager& jobs;
  execution::Engine& executions;
  stack::Stacks& stacks;
  keys::Keyring& keyring;
  std::string account;      // of the root key pair, 12 digits
  std::string endpoint;     // http://127.0.0.1:4700, as clients and jobs reach us
  std::string data;         // the data directory, absolute
  Guard* guard = nullptr;   // none: all may be done
  RunningSides sides = {};  // added once the front ends are there
};

// Who calls: after SigV4 was verified, or a task acting for an execution role.
struct Caller {
  std::string account;
  std::string arn;         // of the root, a user, an assumed-role session; "states.amazonaws.com": a service for itself
  std::string user_id;     // AIDA..., AROA...:session, or the account for root
  std::string access_key;  // that signed; of a task, the ARN of its execution
  std::vector<std::string> session_policies = {};  // what else limits a session: documents, ARNs of managed policies

  // An unsigned request to S3: nobody that is known.
  bool is_anonymous() const { return arn.empty(); }
};

// One call. Handlers take it by reference and keep nothing of it. Durability: a handler writes to the store and
// returns; whoever called it (the HTTP server, a task, a stack) waits for platform.database.last_written() to be
// durable before the answer is seen outside.
struct Context {
  Platform& platform;
  Caller caller;
  std::string region;
  std::string account;     // whose resources: the caller's account
  std::string request_id;  // a UUID
  // Stable over a repeated attempt of the same task after a crash; empty for calls from outside. A Create* handler
  // that finds its resource made with the same token answers as it did the first time.
  std::string idempotency_token;
  // Of a call from outside: where it comes from, and what program says it is.
  std::string source_address = {};
  std::string user_agent = {};

  // arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE
  std::string arn(std::string_view service, std::string_view resource) const {
    std::string text = "arn:aws:";
    text.append(service).append(":").append(region).append(":").append(account).append(":").append(resource);
    return text;
  }
};

}  // namespace penstock::aws
