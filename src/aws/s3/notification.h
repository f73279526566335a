// Events of objects for EventBridge, of buckets whose notification configuration asks for them. Source: "Using
// EventBridge" in the Amazon S3 user guide.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "aws/context.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

// Publishes "Object Created" for a version that was written. `reason` is the operation: PutObject, CopyObject,
// CompleteMultipartUpload.
using Announcer = std::function<void(const store::ObjectVersion& version)>;
// Does nothing when the bucket does not ask for events. Keeps nothing of the context.
Announcer creation_announcer(Context& context, const std::string& bucket, std::string_view reason);

// Publishes "Object Deleted" of a key.
using RemovalAnnouncer = std::function<void(const std::string& key, const store::Removed& removed)>;
RemovalAnnouncer removal_announcer(Context& context, const std::string& bucket, std::string_view reason);

// The same of a lifecycle rule.
RemovalAnnouncer expiration_announcer(Platform& platform, const store::Bucket& bucket);

}  // namespace penstock::aws::s3
