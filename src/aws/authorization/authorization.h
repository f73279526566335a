// Authorization: the guard of every call. Decides by the policies of the caller, and of the bucket it is about.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "aws/authorization/resource_policies.h"
#include "aws/authorization/rules.h"
#include "aws/authorization/use_log.h"
#include "aws/context.h"
#include "aws/protocol/guard.h"
#include "base/outcome.h"
#include "core/access/principal_policies.h"
#include "core/job/job.h"

namespace penstock::aws::authorization {

// A job's role as the caller.
Context context_of_job(Platform& platform, const job::Spec& spec);

class Authorization final : public Guard {
 public:
  // `log`: denials are recorded, and the call goes on.
  enum class Mode { enforce, log };
  Authorization(Platform& platform, Mode mode);

  Outcome<void> check(const Context& context, const OperationModel& operation, const void* input) override;
  Outcome<void> check_service_role(std::string_view role_arn, std::string_view service,
                                   std::string_view source_arn) override;
  Outcome<void> check(const Context& context, const Need& need) override;
  void note_use(const Context& context, const Need& need) override;
  bool may_change_key_policy(const Context& context, std::string_view key_arn, std::string_view policy) override;
  void bucket_changed() override { resources_.bucket_changed(); }

  // The session of a job's role, by its access key: what is done in it is done for the job.
  void begin_job(const job::Spec& spec, const std::string& access_key);

  // May the job's role read its inputs and write its outputs? The error's message is the job's FailureReason.
  Outcome<void> check_job(const job::Spec& spec);

 private:
  using Principal = std::shared_ptr<const access::CompiledPrincipal>;
  struct Denial {
    std::string message;
  };
  // One need of one call.
  struct Question {
    const Context& context;
    const Principal& principal;
    const OperationModel* operation;  // with its input, or null for what is asked for besides a call
    const void* input;
    const Need& need;
  };

  Principal principal_of(const Caller& caller);
  // Decides, and keeps what was decided: denials, and what an execution or job uses.
  Outcome<void> settle(const Question& question);
  std::optional<Denial> decide(const Question& question);
  std::optional<Denial> decide_anonymous(const Question& question);
  // By the policies of the caller and of the resource; `target`: the role that is assumed, else null.
  access::Decision evaluate(const Question& question, const Principal& target, const access::PolicyRequest& request,
                            const access::PolicySet& set);
  // What an ACL gives to everyone.
  bool is_allowed_by_acl(const Question& question);
  ResourcePolicies::Policy policy_of_key(const Context& context, std::string_view arn);
  // Whether the same was allowed before, whatever the request's keys, by policies that have not changed.
  bool was_allowed(const Principal& principal, const Need& need);
  void remember(const Principal& principal, const Need& need);
  // A job: job_permissions.cc.
  struct JobPlace {
    std::string_view uri, what, action;  // `what` as its failure names it
  };
  Outcome<void> check_job_place(const job::Spec& spec, const JobPlace& use);
  // Those of the objects at an input's URI that are encrypted under a KMS key.
  Outcome<void> check_input_keys(const job::Spec& spec, std::string_view uri);
  std::optional<Denial> try_as_job(const job::Spec& spec, const Need& need);
  // Of the execution or job for which the caller acts; empty when for none.
  std::string source_of(const Caller& caller);
  // What becomes of a denial: recorded, and told when it is enforced.
  Outcome<void> deny(std::string_view who, const Need& need, Error error);

  Platform& platform_;
  const Mode mode_;
  access::PrincipalPolicies principals_;
  RuleBook rules_;
  UseLog uses_;
  ResourcePolicies resources_;
  access::PolicySet root_;  // allows all: what the root may do is limited by policies of resources alone
  std::shared_mutex allowed_mutex_;
  // By action and resource: the principal, as compiled last, that may do it. At most allowed_max.
  std::unordered_map<std::string, Principal> allowed_;
  std::mutex denials_mutex_;
  std::set<std::string> denials_;  // that were recorded; at most denials_max
};

}  // namespace penstock::aws::authorization
