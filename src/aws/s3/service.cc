#include "aws/s3/service.h"

#include "aws/s3/handlers.h"

namespace penstock::aws::s3 {

// Reads see only what is durable, and quick ones run where the request arrived; `blocking` marks those that may copy
// an object's bytes. Bodies too large for memory bring their request to a worker anyway (server/gateway.cc).
const ServiceTable& service() {
  static const ServiceTable table = durable(
      list(async_op<CreateBucket>(create_bucket), async_op<DeleteBucket>(delete_bucket), op<HeadBucket>(head_bucket),
           op<ListBuckets>(list_buckets), op<GetBucketLocation>(get_bucket_location),
           op<GetBucketVersioning>(get_bucket_versioning), async_op<PutBucketVersioning>(put_bucket_versioning),
           op<GetBucketTagging>(get_bucket_tagging), async_op<PutBucketTagging>(put_bucket_tagging),
           async_op<DeleteBucketTagging>(delete_bucket_tagging), op<GetBucketPolicy>(get_bucket_policy),
           op<GetBucketPolicyStatus>(get_bucket_policy_status), async_op<PutBucketPolicy>(put_bucket_policy),
           async_op<DeleteBucketPolicy>(delete_bucket_policy), op<GetBucketEncryption>(get_bucket_encryption),
           async_op<PutBucketEncryption>(put_bucket_encryption),
           async_op<DeleteBucketEncryption>(delete_bucket_encryption), op<GetBucketCors>(get_bucket_cors),
           async_op<PutBucketCors>(put_bucket_cors), async_op<DeleteBucketCors>(delete_bucket_cors),
           op<GetBucketLifecycleConfiguration>(get_bucket_lifecycle_configuration),
           async_op<PutBucketLifecycleConfiguration>(put_bucket_lifecycle_configuration),
           async_op<DeleteBucketLifecycle>(delete_bucket_lifecycle), op<GetPublicAccessBlock>(get_public_access_block),
           async_op<PutPublicAccessBlock>(put_public_access_block),
           async_op<DeletePublicAccessBlock>(delete_public_access_block),
           op<GetBucketOwnershipControls>(get_bucket_ownership_controls),
           async_op<PutBucketOwnershipControls>(put_bucket_ownership_controls),
           async_op<DeleteBucketOwnershipControls>(delete_bucket_ownership_controls), op<GetBucketAcl>(get_bucket_acl),
           async_op<PutBucketAcl>(put_bucket_acl), op<GetBucketLogging>(get_bucket_logging),
           op<GetBucketNotificationConfiguration>(get_bucket_notification_configuration),
           async_op<PutBucketNotificationConfiguration>(put_bucket_notification_configuration),
           op<GetBucketRequestPayment>(get_bucket_request_payment),
           op<GetBucketAccelerateConfiguration>(get_bucket_accelerate_configuration),
           op<GetBucketWebsite>(get_bucket_website), op<GetBucketReplication>(get_bucket_replication),
           op<GetObjectLockConfiguration>(get_object_lock_configuration),
           async_op<PutObjectLockConfiguration>(put_object_lock_configuration), async_op<PutObject>(put_object),
           op<GetObject>(get_object), op<HeadObject>(head_object), async_op<DeleteObject>(delete_object),
           async_op<DeleteObjects>(delete_objects), blocking(async_op<CopyObject>(copy_object)),
           op<GetObjectAttributes>(get_object_attributes), op<GetObjectTagging>(get_object_tagging),
           async_op<PutObjectTagging>(put_object_tagging), async_op<DeleteObjectTagging>(delete_object_tagging),
           op<GetObjectAcl>(get_object_acl), async_op<PutObjectAcl>(put_object_acl),
           op<GetObjectLegalHold>(get_object_legal_hold), op<GetObjectRetention>(get_object_retention),
           async_op<PutObjectLegalHold>(put_object_legal_hold), async_op<PutObjectRetention>(put_object_retention),
           op<ListObjects>(list_objects), op<ListObjectsV2>(list_objects_v2),
           op<ListObjectVersions>(list_object_versions), async_op<CreateMultipartUpload>(create_multipart_upload),
           async_op<UploadPart>(upload_part), blocking(async_op<UploadPartCopy>(upload_part_copy)),
           blocking(async_op<CompleteMultipartUpload>(complete_multipart_upload)),
           async_op<AbortMultipartUpload>(abort_multipart_upload), op<ListParts>(list_parts),
           op<ListMultipartUploads>(list_multipart_uploads)));
  return table;
}

}  // namespace penstock::aws::s3
