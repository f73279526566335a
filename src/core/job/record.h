// JobRecord: what is known of one job, kept in store::Records under kind "job". Statuses and their texts are
// SageMaker's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "core/job/job.h"
#include "store/log_lines.h"

namespace penstock::job {

inline constexpr std::string_view record_kind = "job";

enum class Status { in_progress, completed, failed, stopping, stopped };
// "InProgress", "Completed", "Failed", "Stopping", "Stopped".
std::string_view to_text(Status status);
bool is_final(Status status);

// A stretch of a job's life, as SecondaryStatusTransitions shows it.
struct Transition {
  std::string status;  // "Starting", "Downloading", "Training", ...
  std::string message;
  Time started;
  std::optional<Time> ended;
};

struct FinalMetric {
  std::string name;
  double value = 0;
  Time time;
};

struct JobRecord {
  Spec spec;
  Json request;       // the Create call as the client sent it
  std::string token;  // Context::idempotency_token of that call
  Status status = Status::in_progress;
  std::vector<Transition> transitions;  // the last one is the secondary status
  Time created;
  Time modified;
  std::optional<Time> started;  // of the hosts
  std::optional<Time> ended;
  std::string failure_reason;            // as AWS words it
  std::string exit_message;              // of /opt/ml/output/message
  std::vector<std::string> last_errors;  // the last lines of standard error of a job that failed
  std::vector<FinalMetric> metrics;
  std::vector<std::string> notes;  // what Penstock did otherwise than AWS would, for people
  std::string folder;              // name below DATA/jobs; empty: not laid out
  int slot = -1;                   // of the running jobs' numbers
  bool outputs_stored = false;

  std::string_view secondary_status() const {
    return transitions.empty() ? std::string_view() : transitions.back().status;
  }
};

Json to_json(const JobRecord& record);
JobRecord record_from_json(const Json& json);

// "training/123456789012/us-east-1/name", from the ARN.
std::string record_key(std::string_view kind, std::string_view account, std::string_view region, std::string_view name);
std::string record_key(const Spec& spec);
// Part `index` of an ARN: 3 = region, 4 = account.
std::string_view arn_part(std::string_view arn, size_t index);
// Where the job's lines go: its spec's log group, in its region.
store::LogGroupName log_group_of(const Spec& spec);

// Ends the current transition and begins `status`.
void enter(JobRecord& record, std::string_view status, std::string_view message, Time now);
// Ends the job with its final status and its last transition.
void finish(JobRecord& record, Status status, std::string_view secondary, std::string_view message, Time now);

// The event "SageMaker Training Job State Change" tells: the Describe answer's main members, times in milliseconds
// since 1970 as text (Amazon EventBridge, "Amazon SageMaker events").
Json event_detail(const JobRecord& record);
// "SageMaker Training Job State Change" or "SageMaker Processing Job State Change".
std::string event_type(const JobRecord& record);

}  // namespace penstock::job
