#include "aws/authorization/resource_policies.h"

#include <algorithm>
#include <mutex>

#include "aws/s3/public_access.h"

namespace penstock::aws::authorization {

namespace {

constexpr size_t cached_max = 10'000;
constexpr std::string_view bucket_arn = "arn:aws:s3:::";

ResourcePolicies::Policy compile(std::string name, std::string_view text) {
  auto document = access::PolicyDocument::compile(text, access::PolicyUse::resource);
  return std::make_shared<const access::NamedPolicy>(access::NamedPolicy{
      std::move(name),
      std::make_shared<const access::PolicyDocument>(document ? std::move(*document) : access::PolicyDocument())});
}

ResourcePolicies::Bucket read(const store::Bucket& bucket) {
  ResourcePolicies::Bucket known;
  const s3::PublicAccess access = s3::public_access_of(bucket);
  if (std::string_view text = bucket.settings.text("policy"); !text.empty()) {
    known.policy = compile("policy of bucket " + bucket.name, text);
    known.is_restricted = access.restrict_public_buckets && s3::is_public_policy(text);
  }
  known.heeds_acls = s3::has_acls(bucket) && !access.ignore_public_acls;
  known.acl = bucket.settings["acl"];
  return known;
}

}  // namespace

std::shared_ptr<const ResourcePolicies::Bucket> ResourcePolicies::of_bucket(std::string_view resource) {
  if (!resource.starts_with(bucket_arn)) return nullptr;
  std::string name(resource.substr(bucket_arn.size()));
  name.resize(std::min(name.find('/'), name.size()));
  const uint64_t revision = revision_.load(std::memory_order_acquire);
  {
    std::shared_lock lock(mutex_);
    auto found = buckets_.find(name);
    if (found != buckets_.end() && found->second.revision == revision) return found->second.bucket;
  }
  auto bucket = objects_.bucket(name);
  if (!bucket) return nullptr;  // not remembered: it may be made at any moment
  auto known = std::make_shared<const Bucket>(read(*bucket));
  std::unique_lock lock(mutex_);
  if (buckets_.size() >= cached_max) buckets_.clear();
  buckets_[name] = {revision, known};
  return known;
}

ResourcePolicies::Policy ResourcePolicies::of_key(const keys::Key& key) {
  {
    std::shared_lock lock(mutex_);
    auto found = key_policies_.find(key.policy);
    if (found != key_policies_.end()) return found->second;
  }
  Policy policy = compile("policy of key " + key.id, key.policy);
  std::unique_lock lock(mutex_);
  if (key_policies_.size() >= cached_max) key_policies_.clear();
  return key_policies_[key.policy] = std::move(policy);
}

}  // namespace penstock::aws::authorization
