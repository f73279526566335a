// ResourcePolicies: the policies of buckets and KMS keys, and what a bucket says of public access, compiled once.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/access/policy_evaluation.h"
#include "core/keys/key.h"
#include "store/objects.h"

namespace penstock::aws::authorization {

class ResourcePolicies {
 public:
  using Policy = std::shared_ptr<const access::NamedPolicy>;
  struct Bucket {
    Policy policy;  // none: null
    // The policy allows something to everyone, and RestrictPublicBuckets keeps that from those outside the account.
    bool is_restricted = false;
    // Who is not of the account may have by ACLs what they say: the bucket has them, and IgnorePublicAcls is off.
    bool heeds_acls = false;
    Json acl;  // of the bucket, as it is stored
  };

  explicit ResourcePolicies(store::Objects& objects) : objects_(objects) {}

  // Of the bucket in "arn:aws:s3:::BUCKET[/KEY]"; nothing for another resource or a bucket that is not there.
  std::shared_ptr<const Bucket> of_bucket(std::string_view resource);
  // A malformed one, kept by an earlier version, allows nothing.
  Policy of_key(const keys::Key& key);
  // A bucket's policy, ownership, ACL or public access block was changed, or the bucket itself.
  void bucket_changed() { revision_.fetch_add(1, std::memory_order_acq_rel); }

 private:
  struct Entry {
    uint64_t revision = 0;
    std::shared_ptr<const Bucket> bucket;
  };

  store::Objects& objects_;
  std::atomic<uint64_t> revision_ = 1;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry> buckets_;        // at most cached_max
  std::unordered_map<std::string, Policy> key_policies_;  // by text; at most cached_max
};

}  // namespace penstock::aws::authorization
