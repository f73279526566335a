// Features of buckets that Penstock has not: answered as S3 answers for a bucket that never used them; setting them is
// refused.
#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"

namespace penstock::aws::s3 {

namespace {

// `absent` when the bucket is there.
template <class Input>
Error never_set(Context& context, const Input& input, Error absent) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  absent.fields.emplace_back("BucketName", input.bucket);
  return absent;
}

}  // namespace

Outcome<GetBucketLoggingOutput> get_bucket_logging(Context& context, const GetBucketLoggingInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  return GetBucketLoggingOutput();
}

Outcome<GetBucketRequestPaymentOutput> get_bucket_request_payment(Context& context,
                                                                  const GetBucketRequestPaymentInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  GetBucketRequestPaymentOutput output;
  output.payer = "BucketOwner";
  return output;
}

Outcome<GetBucketAccelerateConfigurationOutput> get_bucket_accelerate_configuration(
    Context& context, const GetBucketAccelerateConfigurationInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  return GetBucketAccelerateConfigurationOutput();
}

Outcome<GetBucketWebsiteOutput> get_bucket_website(Context& context, const GetBucketWebsiteInput& input) {
  return never_set(
      context, input,
      Error{"NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", 404, {}});
}

Outcome<GetBucketReplicationOutput> get_bucket_replication(Context& context, const GetBucketReplicationInput& input) {
  return never_set(
      context, input,
      Error{"ReplicationConfigurationNotFoundError", "The replication configuration was not found", 404, {}});
}

}  // namespace penstock::aws::s3
