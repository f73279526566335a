// UseLog: what executions and jobs did by their roles, each action on each resource once. `penstock access
// least-privilege` makes a policy of it. Records of the kind iam.use: {source, uses: [{role, action, resource,
// service}]}.
#pragma once

#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "aws/authorization/rules.h"
#include "base/clock.h"
#include "store/records.h"

namespace penstock::aws::authorization {

class UseLog {
 public:
  UseLog(store::Records& records, const Clock& wall);

  // `source`: the ARN of the execution or job. Any thread.
  void add(const std::string& source, std::string_view role_arn, const Need& need);

  // The session of a job, by its access key, and when it ends; kept over a restart.
  void begin_session(const std::string& access_key, const std::string& job_arn, Time end);
  // The job whose session has this key; empty when it is none.
  std::string job_of(const std::string& access_key);

 private:
  struct Source {
    std::string key;             // of the record being written
    size_t count = 0;            // of its uses
    std::set<std::string> seen;  // role, action, resource
  };
  Source& source_of(const std::string& source);
  void begin_record(const std::string& source, Source& entry);

  store::Records& records_;
  const Clock& wall_;
  std::mutex mutex_;
  std::unordered_map<std::string, Source> sources_;  // at most sources_max
  std::deque<std::string> order_;                    // of them, oldest first
  std::unordered_map<std::string, std::string> sessions_;
};

}  // namespace penstock::aws::authorization
