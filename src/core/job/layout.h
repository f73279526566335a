// Layout: makes a job's folder: a private root for each host with its inputs, configuration and output folders, and the
// plan for the supervisor. No content is copied: an input is a hard link of the stored object, seen read-only; only
// objects that live inside the database (small ones) become files of the job's own, which it may change.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/outcome.h"
#include "core/job/job.h"
#include "core/job/plan.h"
#include "core/job/runtime.h"
#include "store/objects.h"

namespace penstock::job {

struct Location {
  std::string bucket;
  std::string key;  // or prefix
};
// "s3://bucket/key"; ValidationException when it is not one.
Outcome<Location> parse_s3_uri(std::string_view uri);

struct LayoutRequest {
  const Spec& spec;
  Runtime runtime;
  std::string folder;  // JOBDIR, made by the layout
  bool isolated = true;
  int64_t user = -1;      // of the job's processes; -1: ours
  int slot = 0;           // makes the loopback addresses of this job's hosts its own
  Variables environment;  // of the platform: credentials, region, endpoint
  std::vector<std::string> notes;
  int64_t stop_seconds = 120;
  int64_t log_bytes = 64LL << 20;
  std::string kit;  // path of penstock-kit
};

// An object that a job was given, for its lineage.
struct InputUse {
  std::string name;  // of the input
  std::string uri;
  std::string sha256;  // hex
  int64_t bytes = 0;
};
inline constexpr size_t input_uses_max = 10'000;  // of one job; further ones are not listed

struct LaidOut {
  Plan plan;
  std::vector<InputUse> uses;
};

// Makes the folder and everything in it, plan.json last. An error is the job's FailureReason ("ClientError: ...").
Outcome<LaidOut> lay_out(Disk& disk, store::Objects& objects, const Runtimes& runtimes, const LayoutRequest& request);

// One object that a prefix names and where it goes, relative to the input's path; sorted by key.
struct InputObject {
  store::ObjectVersion version;
  std::string path;
};
// All objects of an input, as S3's prefixes name them. ClientError when there are none. Also used to check an input.
Outcome<std::vector<InputObject>> find_input(store::Objects& objects, const Input& input);

// The folder on this machine of `path` inside a host.
std::string host_path(const std::string& job_folder, int host, const std::string& path);

}  // namespace penstock::job
