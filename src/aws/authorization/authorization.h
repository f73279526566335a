// Authorization: the guard of every call. Decides by the policies of the caller, and of the bucket it is about.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "aws/authorization/rules.h"
#include "aws/authorization/use_log.h"
#include "aws/context.h"
#include "aws/protocol/guard.h"
#include "core/access/principal_policies.h"
#include "core/job/job.h"

namespace penstock::aws::authorization {

class Authorization final : public Guard {
 public:
  // `log`: denials are recorded, and the call goes on.
  enum class Mode { enforce, log };
  Authorization(Platform& platform, Mode mode);

  Outcome<void> check(const Context& context, const OperationModel& operation, const void* input) override;
  Outcome<void> check_service_role(std::string_view role_arn, std::string_view service,
                                   std::string_view source_arn) override;
  Outcome<void> check_action(const Context& context, std::string_view action, std::string_view resource) override;
  void note_use(const Context& context, std::string_view action, std::string_view resource) override;
  void bucket_policy_changed() override { bucket_revision_.fetch_add(1, std::memory_order_acq_rel); }

  // The session of a job's role, by its access key: what is done in it is done for the job.
  void begin_job(const job::Spec& spec, const std::string& access_key);

  // May the job's role read its inputs and write its outputs? The error's message is the job's FailureReason.
  Outcome<void> check_job(const job::Spec& spec);

 private:
  using Principal = std::shared_ptr<const access::CompiledPrincipal>;
  using BucketPolicy = std::shared_ptr<const access::NamedPolicy>;
  struct Denial {
    std::string message;
  };
  struct Entry {
    uint64_t revision = 0;
    BucketPolicy policy;
  };

  Principal principal_of(const Caller& caller);
  BucketPolicy policy_of_bucket(std::string_view resource);
  std::optional<Denial> decide(const Context& context, const Principal& principal, const OperationModel* operation,
                               const void* input, const Need& need);
  // Whether the same was allowed before, whatever the request's keys, by policies that have not changed.
  bool was_allowed(const Principal& principal, const Need& need);
  void remember(const Principal& principal, const Need& need);
  std::optional<Denial> try_as_job(const job::Spec& spec, const std::string& action, const std::string& resource);
  // Of the execution or job for which the caller acts; empty when for none.
  std::string source_of(const Caller& caller);
  // What becomes of a denial: recorded, and told when it is enforced.
  Outcome<void> deny(std::string_view who, const Need& need, Error error);

  Platform& platform_;
  const Mode mode_;
  access::PrincipalPolicies principals_;
  RuleBook rules_;
  UseLog uses_;
  std::atomic<uint64_t> bucket_revision_ = 1;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry> buckets_;  // at most buckets_cached_max
  std::shared_mutex allowed_mutex_;
  // By action and resource: the principal, as compiled last, that may do it. At most allowed_max.
  std::unordered_map<std::string, Principal> allowed_;
  std::mutex denials_mutex_;
  std::set<std::string> denials_;  // that were recorded; at most denials_max
};

}  // namespace penstock::aws::authorization
