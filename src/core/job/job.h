// Spec: one job, whatever API made it: SageMaker training, processing, transform, tuning children and AWS Batch jobs
// are all this one thing. Source of the contract: SageMaker developer guide, "How Amazon SageMaker runs your training
// image" and "... your processing container".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace penstock::job {

using Variables = std::vector<std::pair<std::string, std::string>>;

// Where a job reads: objects under `uri` (s3://bucket/prefix-or-key) appear read-only at `path` inside the job.
struct Input {
  std::string name;
  std::string uri;
  std::string path;             // absolute inside the job, /opt/ml/input/data/train
  bool sharded_by_key = false;  // else every host sees all objects
  bool manifest = false;        // `uri` names a ManifestFile
  std::string content_type;
  std::string input_mode = "File";
  bool optional = false;  // nothing there: an empty folder
  bool own_copy = false;  // the job may change the files: they are copied (checkpoints)
};

// What a job writes: the tree at `path` goes under `uri`, as objects, or as one tar.gz object.
struct Output {
  std::string name;
  std::string uri;
  std::string path;
  bool archive = false;  // one `uri` = .../model.tar.gz
  bool keep_when_failed = false;
  bool skip_when_empty = false;  // output.tar.gz
};

struct MetricDefinition {
  std::string name;
  std::string regex;  // first capture group is the value
};

struct Spec {
  std::string kind;  // "training" | "processing"
  std::string name;
  std::string arn;
  std::string role_arn;
  std::string image;                    // image URI, mapped to a runtime by runtimes.yaml
  std::vector<std::string> entrypoint;  // empty: the image's own ("train" for training)
  std::vector<std::string> arguments;
  Variables environment;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  int instance_count = 1;
  std::string instance_type;
  int64_t volume_bytes = 0;
  int64_t runtime_seconds_max = 86'400;
  std::vector<MetricDefinition> metrics;
  bool network_isolated = false;  // no network but its own loopback
  // Files laid out before the start, by path inside the job: hyperparameters.json, ... In a resourceconfig.json
  // `{host}` becomes algo-N.
  std::vector<std::pair<std::string, std::string>> files;
  std::string log_group;     // /aws/sagemaker/TrainingJobs
  std::string output_key{};  // KMS key of the outputs; empty: as their buckets say
};

Json to_json(const Spec& spec);
Spec spec_from_json(const Json& json);

}  // namespace penstock::job
