// Live: one execution that has not ended, in memory. LiveTable: all of them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/execution/details.h"
#include "core/execution/revisions.h"
#include "core/execution/tasks.h"
#include "core/pipeline/interpreter.h"
#include "store/journal.h"

namespace penstock::execution {

struct ExpressEnd;

struct Live {
  ExecutionId id = 0;  // negative: Express, in memory only
  std::string arn, name;
  std::shared_ptr<const Revision> revision;

  Time started;
  int64_t redrives = 0;
  MapItem item;

  enum class State { awake, parked, ended };
  std::mutex mutex;  // guards all below
  State state = State::awake;
  std::optional<pipeline::Interpreter> interpreter;  // while awake
  store::JournalPosition position;                   // of a Standard execution
  store::Sequence sequence = 0;                      // of its last write
  uint64_t touch = 0;                                // when it moved last, counted in steps of all executions
  std::vector<std::function<void()>> on_ended;
  std::function<void(ExpressEnd)> on_express_end;

  bool express() const { return id < 0; }
  // Of a child execution of a map run, that of its items: "...:stateMachine:Machine/Label".
  std::string machine_arn() const;
};

// What the interpreter is to know of the execution.
pipeline::Identity identity_of(const Live& live, std::string input, std::string version_arn, std::string alias_arn);

// One that has not moved for long is parked: only its place in the table stays, the rest is in the journal.
class LiveTable {
 public:
  struct Found {
    bool runs = false;           // false: no such execution, or it has ended
    std::shared_ptr<Live> live;  // null when it is parked
  };
  Found find(ExecutionId id) const;
  void add(std::shared_ptr<Live> live);
  void add_parked(ExecutionId id, std::shared_ptr<const Revision> revision);
  void park(ExecutionId id);
  // Puts `live` in the place of the parked one; gives the one that is there, which another thread may have woken.
  std::shared_ptr<Live> wake(std::shared_ptr<Live> live);
  void remove(ExecutionId id);
  // Those of one state machine; walks over all.
  size_t count(std::string_view machine_arn) const;

 private:
  struct Entry {
    std::shared_ptr<const Revision> revision;
    std::shared_ptr<Live> live;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<ExecutionId, Entry> executions;
  };
  static constexpr size_t shard_count = 16;
  Shard& shard(ExecutionId id) { return shards_[static_cast<size_t>(id) % shard_count]; }
  const Shard& shard(ExecutionId id) const { return shards_[static_cast<size_t>(id) % shard_count]; }
  std::array<Shard, shard_count> shards_;
};

// Which executions have moved lately. What falls out of it may be parked.
class RecentlyMoved {
 public:
  explicit RecentlyMoved(size_t count_max) : count_max_(count_max) {}
  struct Move {
    ExecutionId id = 0;
    uint64_t touch = 0;
  };
  // Notes that the execution moved; gives the number of its move.
  uint64_t note(ExecutionId id);
  // The oldest move, when there are more than the most.
  std::optional<Move> take_old();

 private:
  const size_t count_max_;
  std::mutex mutex_;
  uint64_t touches_ = 0;
  std::deque<Move> moves_;
};

}  // namespace penstock::execution
