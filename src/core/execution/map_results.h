// MapResults: what the child executions of a map run gave: the state's output, or the result files. Source:
// "ResultWriter (Map)" in the Step Functions developer guide.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/execution/map_run.h"
#include "core/execution/tasks.h"

namespace penstock::execution {

class MapResults {
 public:
  // All children must be durable.
  MapResults(store::Journal& journal, const MapRun& run, const pipeline::MapRunPlan& plan);

  // The outputs of those that succeeded, in the order of their items; nothing when they are larger together than a
  // state's output may be.
  std::optional<Json> collect();
  // Writes the files: {"MapRunArn": ..., "ResultWriterDetails": {...}}. Errors: States.ResultWriterFailed.
  Outcome<Json> write(Tasks& tasks, const MapRunCall& call, const pipeline::MapRunPlan& plan);

  int64_t items_written() const { return items_written_; }
  int64_t executions_written() const { return executions_written_; }

 private:
  enum class Transformation { none, compact, flatten };
  // False stops the walk.
  void walk(const std::function<bool(const store::ChildRecord&)>& visit);
  bool append_shown(const store::ChildRecord& child, const std::function<bool(std::string_view)>& append) const;
  std::string described(const store::ChildRecord& child) const;

  store::Journal& journal_;
  const MapRun& run_;
  Transformation transformation_ = Transformation::compact;
  int64_t items_written_ = 0, executions_written_ = 0;
};

}  // namespace penstock::execution
