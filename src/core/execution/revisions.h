// Revision: a state machine as it was at one time. An execution keeps the revision it was started with to its end,
// whatever becomes of the machine meanwhile. Revisions: where they are kept, compiled once and shared.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"
#include "core/pipeline/program.h"
#include "store/log_lines.h"
#include "store/records.h"

namespace penstock::execution {

// What of an execution's history goes to CloudWatch Logs.
struct Logging {
  enum class Level { off, fatal, error, all };
  Level level = Level::off;
  bool include_data = false;
  store::LogGroupName group;  // its name is empty when off
};

struct Revision {
  std::string key;  // unique for ever: machine ARN '#' counter
  std::string machine_arn, machine_name, role_arn;
  std::string definition;  // as the client sent it
  pipeline::MachineType type = pipeline::MachineType::standard;
  std::string revision_id;  // empty for the first one (AWS shows none)
  Time updated;
  Json logging, tracing, encryption;  // the API's documents, as DescribeStateMachine answers them
  Logging log;                        // what `logging` says
  std::shared_ptr<const pipeline::Program> program;

  bool express() const { return type == pipeline::MachineType::express; }
};

class Revisions {
 public:
  explicit Revisions(store::Records& records) : records_(records) {}

  // `revision.program` must be set. Nothing is written when the key exists already.
  std::shared_ptr<const Revision> add(Revision revision);
  // Null when there is none. Compiles on first use after a start of the process.
  std::shared_ptr<const Revision> find(std::string_view key);

 private:
  store::Records& records_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Revision>, std::less<>> loaded_;
};

// Reads the level and the log group out of the API's loggingConfiguration.
Logging parse_logging(const Json& configuration);

}  // namespace penstock::execution
