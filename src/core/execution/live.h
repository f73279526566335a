// Live: one execution that has not ended, in memory. LiveTable: all of them.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/execution/revisions.h"
#include "core/execution/tasks.h"
#include "core/pipeline/interpreter.h"
#include "store/journal.h"

namespace penstock::execution {

struct ExpressEnd;

struct Live {
  ExecutionId id = 0;                          // negative: Express, in memory only
  std::string arn, name;
  std::shared_ptr<const Revision> revision;

  Time started;

  std::mutex mutex;                            // guards all below
  std::optional<pipeline::Interpreter> interpreter;  // nothing once it has ended
  store::JournalPosition position;             // of a Standard execution
  std::vector<std::function<void()>> on_ended;
  std::function<void(ExpressEnd)> on_express_end;

  bool express() const { return id < 0; }
};

// What the interpreter is to know of the execution.
pipeline::Identity identity_of(const Live& live, std::string input, std::string version_arn, std::string alias_arn);

class LiveTable {
 public:
  void add(std::shared_ptr<Live> live);
  std::shared_ptr<Live> find(ExecutionId id) const;
  void remove(ExecutionId id);
  size_t size() const;
  // Those of one state machine; walks over all.
  size_t count(std::string_view machine_arn) const;

 private:
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<ExecutionId, std::shared_ptr<Live>> executions;
  };
  static constexpr size_t shard_count = 16;
  Shard& shard(ExecutionId id) { return shards_[static_cast<size_t>(id) % shard_count]; }
  const Shard& shard(ExecutionId id) const { return shards_[static_cast<size_t>(id) % shard_count]; }
  std::array<Shard, shard_count> shards_;
};

}  // namespace penstock::execution
