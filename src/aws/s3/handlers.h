// The handlers of S3, one for each operation, by the files that hold them. service.cc lists them; handlers that write
// answer through their Reply, when the store says that the write is durable.
#pragma once

#include "aws/context.h"
#include "aws/protocol/operation.h"
#include "models/s3/bucket.h"
#include "models/s3/bucket_config.h"
#include "models/s3/listing.h"
#include "models/s3/multipart.h"
#include "models/s3/object.h"
#include "models/s3/object_config.h"

namespace penstock::aws::s3 {

// bucket.cc
void create_bucket(Context& context, const CreateBucketInput& input, Reply<CreateBucketOutput> reply);
void delete_bucket(Context& context, const DeleteBucketInput& input, Reply<DeleteBucketOutput> reply);
Outcome<HeadBucketOutput> head_bucket(Context& context, const HeadBucketInput& input);
Outcome<ListBucketsOutput> list_buckets(Context& context, const ListBucketsInput& input);
Outcome<GetBucketLocationOutput> get_bucket_location(Context& context, const GetBucketLocationInput& input);

// bucket_config.cc
Outcome<GetBucketVersioningOutput> get_bucket_versioning(Context& context, const GetBucketVersioningInput& input);
void put_bucket_versioning(Context& context, const PutBucketVersioningInput& input,
                           Reply<PutBucketVersioningOutput> reply);
Outcome<GetBucketTaggingOutput> get_bucket_tagging(Context& context, const GetBucketTaggingInput& input);
void put_bucket_tagging(Context& context, const PutBucketTaggingInput& input, Reply<PutBucketTaggingOutput> reply);
void delete_bucket_tagging(Context& context, const DeleteBucketTaggingInput& input,
                           Reply<DeleteBucketTaggingOutput> reply);
Outcome<GetBucketPolicyOutput> get_bucket_policy(Context& context, const GetBucketPolicyInput& input);
Outcome<GetBucketPolicyStatusOutput> get_bucket_policy_status(Context& context,
                                                              const GetBucketPolicyStatusInput& input);
void put_bucket_policy(Context& context, const PutBucketPolicyInput& input, Reply<PutBucketPolicyOutput> reply);
void delete_bucket_policy(Context& context, const DeleteBucketPolicyInput& input,
                          Reply<DeleteBucketPolicyOutput> reply);
Outcome<GetBucketEncryptionOutput> get_bucket_encryption(Context& context, const GetBucketEncryptionInput& input);
void put_bucket_encryption(Context& context, const PutBucketEncryptionInput& input,
                           Reply<PutBucketEncryptionOutput> reply);
void delete_bucket_encryption(Context& context, const DeleteBucketEncryptionInput& input,
                              Reply<DeleteBucketEncryptionOutput> reply);
Outcome<GetBucketCorsOutput> get_bucket_cors(Context& context, const GetBucketCorsInput& input);
void put_bucket_cors(Context& context, const PutBucketCorsInput& input, Reply<PutBucketCorsOutput> reply);
void delete_bucket_cors(Context& context, const DeleteBucketCorsInput& input, Reply<DeleteBucketCorsOutput> reply);
Outcome<GetBucketLifecycleConfigurationOutput> get_bucket_lifecycle_configuration(
    Context& context, const GetBucketLifecycleConfigurationInput& input);
void put_bucket_lifecycle_configuration(Context& context, const PutBucketLifecycleConfigurationInput& input,
                                        Reply<PutBucketLifecycleConfigurationOutput> reply);
void delete_bucket_lifecycle(Context& context, const DeleteBucketLifecycleInput& input,
                             Reply<DeleteBucketLifecycleOutput> reply);
Outcome<GetPublicAccessBlockOutput> get_public_access_block(Context& context, const GetPublicAccessBlockInput& input);
void put_public_access_block(Context& context, const PutPublicAccessBlockInput& input,
                             Reply<PutPublicAccessBlockOutput> reply);
void delete_public_access_block(Context& context, const DeletePublicAccessBlockInput& input,
                                Reply<DeletePublicAccessBlockOutput> reply);
Outcome<GetBucketOwnershipControlsOutput> get_bucket_ownership_controls(Context& context,
                                                                        const GetBucketOwnershipControlsInput& input);
void put_bucket_ownership_controls(Context& context, const PutBucketOwnershipControlsInput& input,
                                   Reply<PutBucketOwnershipControlsOutput> reply);
void delete_bucket_ownership_controls(Context& context, const DeleteBucketOwnershipControlsInput& input,
                                      Reply<DeleteBucketOwnershipControlsOutput> reply);

// bucket_features.cc: features that Penstock has not, answered as S3 answers for a bucket that never used them
Outcome<GetBucketLoggingOutput> get_bucket_logging(Context& context, const GetBucketLoggingInput& input);
Outcome<GetBucketNotificationConfigurationOutput> get_bucket_notification_configuration(
    Context& context, const GetBucketNotificationConfigurationInput& input);
void put_bucket_notification_configuration(Context& context, const PutBucketNotificationConfigurationInput& input,
                                           Reply<PutBucketNotificationConfigurationOutput> reply);
Outcome<GetBucketRequestPaymentOutput> get_bucket_request_payment(Context& context,
                                                                  const GetBucketRequestPaymentInput& input);
Outcome<GetBucketAccelerateConfigurationOutput> get_bucket_accelerate_configuration(
    Context& context, const GetBucketAccelerateConfigurationInput& input);
Outcome<GetBucketWebsiteOutput> get_bucket_website(Context& context, const GetBucketWebsiteInput& input);
Outcome<GetBucketReplicationOutput> get_bucket_replication(Context& context, const GetBucketReplicationInput& input);

// object_lock.cc
Outcome<GetObjectLockConfigurationOutput> get_object_lock_configuration(Context& context,
                                                                        const GetObjectLockConfigurationInput& input);
void put_object_lock_configuration(Context& context, const PutObjectLockConfigurationInput& input,
                                   Reply<PutObjectLockConfigurationOutput> reply);
Outcome<GetObjectLegalHoldOutput> get_object_legal_hold(Context& context, const GetObjectLegalHoldInput& input);
void put_object_legal_hold(Context& context, const PutObjectLegalHoldInput& input,
                           Reply<PutObjectLegalHoldOutput> reply);
Outcome<GetObjectRetentionOutput> get_object_retention(Context& context, const GetObjectRetentionInput& input);
void put_object_retention(Context& context, const PutObjectRetentionInput& input,
                          Reply<PutObjectRetentionOutput> reply);

// acl.cc
Outcome<GetBucketAclOutput> get_bucket_acl(Context& context, const GetBucketAclInput& input);
void put_bucket_acl(Context& context, const PutBucketAclInput& input, Reply<PutBucketAclOutput> reply);
Outcome<GetObjectAclOutput> get_object_acl(Context& context, const GetObjectAclInput& input);
void put_object_acl(Context& context, const PutObjectAclInput& input, Reply<PutObjectAclOutput> reply);

// object_write.cc
void put_object(Context& context, const PutObjectInput& input, Reply<PutObjectOutput> reply);
void delete_object(Context& context, const DeleteObjectInput& input, Reply<DeleteObjectOutput> reply);
void delete_objects(Context& context, const DeleteObjectsInput& input, Reply<DeleteObjectsOutput> reply);

// object_read.cc
Outcome<GetObjectOutput> get_object(Context& context, const GetObjectInput& input);
Outcome<HeadObjectOutput> head_object(Context& context, const HeadObjectInput& input);
Outcome<GetObjectAttributesOutput> get_object_attributes(Context& context, const GetObjectAttributesInput& input);

// object_copy.cc
void copy_object(Context& context, const CopyObjectInput& input, Reply<CopyObjectOutput> reply);
void upload_part_copy(Context& context, const UploadPartCopyInput& input, Reply<UploadPartCopyOutput> reply);

// object_tags.cc
Outcome<GetObjectTaggingOutput> get_object_tagging(Context& context, const GetObjectTaggingInput& input);
void put_object_tagging(Context& context, const PutObjectTaggingInput& input, Reply<PutObjectTaggingOutput> reply);
void delete_object_tagging(Context& context, const DeleteObjectTaggingInput& input,
                           Reply<DeleteObjectTaggingOutput> reply);

// listing.cc
Outcome<ListObjectsOutput> list_objects(Context& context, const ListObjectsInput& input);
Outcome<ListObjectsV2Output> list_objects_v2(Context& context, const ListObjectsV2Input& input);
Outcome<ListObjectVersionsOutput> list_object_versions(Context& context, const ListObjectVersionsInput& input);
Outcome<ListMultipartUploadsOutput> list_multipart_uploads(Context& context, const ListMultipartUploadsInput& input);

// multipart.cc
void create_multipart_upload(Context& context, const CreateMultipartUploadInput& input,
                             Reply<CreateMultipartUploadOutput> reply);
void upload_part(Context& context, const UploadPartInput& input, Reply<UploadPartOutput> reply);
void complete_multipart_upload(Context& context, const CompleteMultipartUploadInput& input,
                               Reply<CompleteMultipartUploadOutput> reply);
void abort_multipart_upload(Context& context, const AbortMultipartUploadInput& input,
                            Reply<AbortMultipartUploadOutput> reply);
Outcome<ListPartsOutput> list_parts(Context& context, const ListPartsInput& input);

}  // namespace penstock::aws::s3
