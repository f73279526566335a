// Public access: what policies and ACLs give to everyone, and the settings of a bucket that keep it from them. Source:
// "Blocking public access to your Amazon S3 storage" (with "The meaning of public"), Amazon S3 user guide.
#pragma once

#include <string_view>

#include "base/json.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

struct PublicAccess {
  bool block_public_acls = true;
  bool ignore_public_acls = true;
  bool block_public_policy = true;
  bool restrict_public_buckets = true;
};

// As it was put; all true for a bucket for which it never was, all false for one whose block was deleted.
PublicAccess public_access_of(const store::Bucket& bucket);

// "BucketOwnerEnforced": the bucket has no ACLs. Else "BucketOwnerPreferred" or "ObjectWriter".
std::string_view ownership_of(const store::Bucket& bucket);
inline bool has_acls(const store::Bucket& bucket) {
  return ownership_of(bucket) != "BucketOwnerEnforced";
}

// Does a policy allow something to everyone, with no condition that narrows them to fixed ones? False for what is no
// policy.
bool is_public_policy(std::string_view policy);

// ACLs as they are stored: the name of a canned one or a document, null for none.
bool is_public_acl(const Json& acl);
// Whether everyone, or everyone who is known to AWS, has the permission ("READ", "WRITE_ACP") by it.
bool acl_allows(const Json& acl, std::string_view permission, bool is_anonymous);

}  // namespace penstock::aws::s3
