// Directory: the roles, users, groups, instance profiles and managed policies of the account, as records. Errors carry
// IAM's codes and words (NoSuchEntity, EntityAlreadyExists, DeleteConflict, LimitExceeded, ...).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"
#include "store/records.h"

namespace penstock::access {

// IAM quotas ("IAM and AWS STS quotas", IAM user guide).
inline constexpr size_t attached_policies_max = 10;
inline constexpr size_t policy_versions_max = 5;
inline constexpr size_t access_keys_per_user_max = 2;
inline constexpr size_t groups_per_user_max = 10;
inline constexpr size_t tags_max = 50;

using Texts = std::vector<std::pair<std::string, std::string>>;  // names with values, in order of the names

// What policies can be attached to. A group is no principal to AWS, it lends its policies to its users; it is kept
// alike.
enum class PrincipalKind { role, user, group };

// A role, user or group. Groups have neither boundary nor tags; the last three members are of roles only.
struct Principal {
  PrincipalKind kind = PrincipalKind::role;
  std::string name;
  std::string path = "/";
  std::string id;  // AROA..., AIDA..., AGPA...
  std::string arn;
  Time created;
  std::string permissions_boundary;  // ARN of a policy, or empty
  Texts tags;
  Texts inline_policies;              // name, document
  std::vector<std::string> attached;  // ARNs, in the order attached
  std::vector<std::string> groups;    // of a user: their names
  std::string trust_policy;
  std::optional<std::string> description;
  int64_t session_seconds_max = 3'600;
};

// What hands a role to an EC2 instance: kept for templates that make one.
struct InstanceProfile {
  std::string name;
  std::string path = "/";
  std::string id;  // AIPA...
  std::string arn;
  Time created;
  std::string role;  // its name; empty: none
  Texts tags;
};

struct PolicyVersion {
  int64_t number = 1;  // "v1"
  std::string document;
  Time created;
};

// A managed policy of the account.
struct Policy {
  std::string name;
  std::string path = "/";
  std::string id;  // ANPA...
  std::string arn;
  std::string description;
  Time created;
  Time updated;
  int64_t default_version = 1;
  int64_t last_version = 1;  // numbers are not used twice
  std::vector<PolicyVersion> versions;
  Texts tags;
};

// A page of names in order; `next` continues behind it.
template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next;
};

struct PageRequest {
  std::string path_prefix;
  std::string after;  // `next` of the page before
  size_t count = 100;
};

class Directory {
 public:
  explicit Directory(store::Records& records) : records_(records) {}

  // Names differ without regard to case.
  Outcome<void> create(const Principal& principal);
  Outcome<Principal> find(PrincipalKind kind, std::string_view name) const;
  // Reads, edits and writes in one step; an error of `edit` leaves it as it was.
  Outcome<void> update(PrincipalKind kind, std::string_view name, const std::function<Outcome<void>(Principal&)>& edit);
  // Only without policies; `has_keys`: a user's access keys stand in the way too.
  Outcome<void> remove(PrincipalKind kind, std::string_view name, bool has_keys = false);
  Page<Principal> list(PrincipalKind kind, const PageRequest& request) const;

  // Attaches a policy of the account, or any ARN of an AWS managed policy; one that is not known here allows nothing.
  Outcome<void> attach(PrincipalKind kind, std::string_view name, const std::string& policy_arn);
  Outcome<void> detach(PrincipalKind kind, std::string_view name, const std::string& policy_arn);

  // Both must be there; a user is in a group once. Removing from a group that it is not in: NoSuchEntity.
  Outcome<void> join(std::string_view user, std::string_view group);
  Outcome<void> leave(std::string_view user, std::string_view group);
  std::vector<Principal> members(std::string_view group) const;
  // `edit` gives a user or group a new name, path and ARN; its users stay in a group. Returns it as it is then.
  Outcome<Principal> rename(PrincipalKind kind, std::string_view name, const std::function<void(Principal&)>& edit);

  Outcome<void> create_profile(const InstanceProfile& profile);
  Outcome<InstanceProfile> find_profile(std::string_view name) const;
  Outcome<void> update_profile(std::string_view name, const std::function<Outcome<void>(InstanceProfile&)>& edit);
  Outcome<void> remove_profile(std::string_view name);  // only without a role
  Page<InstanceProfile> list_profiles(const PageRequest& request) const;

  Outcome<void> create_policy(const Policy& policy);
  // Also the known ones of those that AWS manages (policy_managed.h).
  Outcome<Policy> find_policy(std::string_view arn) const;
  Outcome<void> update_policy(std::string_view arn, const std::function<Outcome<void>(Policy&)>& edit);
  Outcome<void> remove_policy(std::string_view arn);
  Page<Policy> list_policies(const PageRequest& request) const;
  // Those to whom the policy is attached, and those whose permissions it limits as their boundary.
  std::vector<Principal> attached_to(std::string_view policy_arn, PrincipalKind kind) const;
  std::vector<Principal> bounded_by(std::string_view policy_arn, PrincipalKind kind) const;

  // Grows with every change of a principal or policy, so that what was made of them before is out of date.
  uint64_t revision() const { return revision_.load(std::memory_order_acquire); }

 private:
  Outcome<Policy> read_policy(std::string_view arn) const;
  std::string in_the_way(const Principal& principal, bool has_keys) const;
  void changed() { revision_.fetch_add(1, std::memory_order_acq_rel); }

  store::Records& records_;
  std::atomic<uint64_t> revision_ = 0;
  mutable std::mutex mutex_;  // one change at a time: each checks what others might change
};

// arn:aws:iam::aws:policy/...
bool is_aws_managed_policy(std::string_view arn);
// "role", "Role": the words of messages about a kind.
std::string lower_word(PrincipalKind kind);
std::string upper_word(PrincipalKind kind);
Error no_such_principal(PrincipalKind kind, std::string_view name);
// Sets or replaces; LimitExceeded above tags_max, InvalidInput for a key twice.
Outcome<void> add_tags(Texts& tags, const Texts& more);
void set_text(Texts& texts, std::string_view name, std::string_view value);
// False when it was not there.
bool erase_text(Texts& texts, std::string_view name);
const std::string* find_text(const Texts& texts, std::string_view name);

}  // namespace penstock::access
