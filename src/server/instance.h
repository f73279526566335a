// Instance: one running Penstock. Builds everything a front end works on, in order, answers requests, and takes it down
// in the opposite order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/disk.h"
#include "base/outcome.h"
#include "base/random.h"
#include "core/access/access.h"

namespace penstock::server {

class Instance {
 public:
  // What becomes of calls that no policy allows: refused; recorded and let through; not looked at.
  enum class Iam { enforce, log, off };
  struct Options {
    std::string bind = "127.0.0.1";
    uint16_t port = 4700;                     // 0: any free one
    std::string data;                         // the data directory, made when absent
    std::optional<access::KeyPair> root_key;  // replaces the stored one
    std::string account;                      // 12 digits; replaces the stored one when not empty
    bool virtual_clock = false;
    Iam iam = Iam::enforce;
    bool encrypt_at_rest = false;  // also objects for which nobody asked for it
    int64_t virtual_days = 31;     // how far a schedule moves the virtual clock after its last change
    std::string program;           // path of this executable, which also supervises jobs
  };

  // Opens the store, recovers what a crash left, listens, and answers from now on. Errors say what stands in the way:
  // ListenFailed, StoreLocked, StoreCorrupt, StoreNewer, CredentialsUnreadable, DiskError, ...
  static Outcome<std::unique_ptr<Instance>> start(Disk& disk, Clock& wall, Random& random, Options options);
  // Stops when that was not done.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const std::string& endpoint() const;  // http://127.0.0.1:4700
  // Takes no more requests, answers those under way, leaves running jobs running, closes the store.
  void stop();

 private:
  struct State;
  explicit Instance(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace penstock::server
