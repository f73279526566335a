// Harvest: takes what a job left behind into the object store: trees as objects under their S3 URI, archives as one
// object. Files become objects by a hard link: nothing is copied, and a harvest that a crash cut short can be done
// again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "core/job/job.h"
#include "core/job/plan.h"
#include "store/objects.h"

namespace penstock::job {

struct StoredOutput {
  std::string name;
  std::string uri;
  std::string sha256;  // hex
  int64_t bytes = 0;
};

// Stores the outputs (of a job that failed: only those to keep then). ClientError "Data upload failed:..." names the
// first object that could not be stored.
// `encrypt`, when there is one, readies each object for its bucket's encryption.
using Encrypt = std::function<Outcome<void>(const Spec& spec, store::NewObject& object)>;
Outcome<std::vector<StoredOutput>> harvest(store::Objects& objects, const Encrypt& encrypt, const Spec& spec,
                                           const Plan& plan, bool failed);

// The first `bytes_max` bytes of a file that a host wrote (path inside the job), of all hosts joined in order; links
// are not followed. Empty when there is none.
std::string read_left_file(const Plan& plan, const std::string& path, size_t bytes_max);

}  // namespace penstock::job
