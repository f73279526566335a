// Artifacts: what a job read and wrote, each with its digest; the lineage that `penstock sql` and the console show.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "store/database.h"

namespace penstock::store {

struct Artifact {
  enum class Direction { input, output };
  std::string job;  // the job's ARN
  Direction direction = Direction::input;
  std::string name;    // of the input or output: train, model, ...
  std::string uri;     // s3://bucket/key of one object
  std::string digest;  // sha256:<hex> of its content
  int64_t bytes = 0;
  Time recorded;
};

class Artifacts {
 public:
  virtual ~Artifacts() = default;
  static std::unique_ptr<Artifacts> open(Database& database);

  virtual Sequence add(const std::vector<Artifact>& artifacts) = 0;
  virtual std::vector<Artifact> of_job(std::string_view job) = 0;  // in the order added
};

}  // namespace penstock::store
