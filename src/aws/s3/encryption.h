// Encryption at rest. An object's "encryption" attribute says by what (attributes.h); an object of SSE-KMS is encrypted
// under a data key of its own, which the store keeps only as KMS encrypted it. So is one of SSE-S3 that was asked for,
// by its header or its bucket ("at_rest"), under a key of the server's own; S3's default alone leaves it plain. Source:
// "Using server-side encryption with AWS KMS keys (SSE-KMS)" of the Amazon S3 user guide.
#pragma once

#include <optional>
#include <string>

#include "aws/context.h"
#include "aws/protocol/http.h"
#include "base/json.h"
#include "base/outcome.h"
#include "store/objects.h"

namespace penstock::keys {
class Keyring;
}

namespace penstock::aws::s3 {

// What a write asks for, by the headers that PutObject, CopyObject and CreateMultipartUpload share.
struct EncryptionRequest {
  std::optional<std::string> algorithm;
  std::optional<std::string> key;
  std::optional<std::string> context;
  std::optional<bool> bucket_key;
};
// A key that the client keeps (SSE-C): the headers x-amz-server-side-encryption-customer-*.
struct CustomerKeyRequest {
  std::optional<std::string> algorithm, key, md5;
};
// The key, 32 bytes; empty when none was sent. InvalidArgument, InvalidEncryptionAlgorithmError.
Outcome<std::string> read_customer_key(const CustomerKeyRequest& request);
// The "encryption" attribute of what is written with such a key. InvalidArgument when another encryption is asked for,
// too.
Outcome<Json> customer_encryption(const EncryptionRequest& request, std::string_view customer_key);
// May an object with these attributes be read with that key, which may be empty? InvalidRequest, AccessDenied.
Outcome<void> check_customer_key(const Json& attributes, std::string_view customer_key);
// The same of an upload's part. InvalidRequest.
Outcome<void> check_part_key(const Json& upload_attributes, std::string_view customer_key);

// Falls back to the bucket's default and then to AES256, which S3 applies to every new object. The key is looked up,
// and named by its ARN. InvalidArgument, KMS.NotFoundException, KMS.DisabledException, KMS.KMSInvalidStateException.
Outcome<Json> read_encryption(Platform& platform, const EncryptionRequest& request, const store::Bucket& bucket);

// May the caller use the KMS key of an object with these attributes ("kms:Decrypt")? Always, when it has none.
// AccessDenied.
Outcome<void> check_key_use(const Context& context, std::string_view action, const Json& attributes,
                            const std::string& bucket, const std::string& key);

// What a job writes, with its role as the caller: encrypted under `kms_key`, or, when that is empty, as its bucket's
// default says.
Outcome<void> encrypt_output(Context& context, store::NewObject& object, const std::string& kms_key);

// A new data key for content that is stored with these attributes; none unless they ask for KMS or for a client's key.
// The content may lie sealed already, under `data_key`: then that is the key. AccessDenied when the caller may not
// kms:GenerateDataKey.
Outcome<std::optional<store::Seal>> make_seal(Context& context, const Json& attributes, const std::string& bucket,
                                              const std::string& key, std::string_view customer_key = {},
                                              const std::string& data_key = {});

// A data key for the content of a request that is not carried out yet (PutObject, UploadPart): its file is sealed while
// it arrives. Empty when nothing asks for encryption: not the request, its upload, its bucket or the server.
std::string spool_key(Platform& platform, const HttpRequest& request, std::string_view bucket, std::string_view key);

// Uploads of SSE-C. The client need not send its key to complete one, so the object's data key is made at the start,
// and kept with the upload both under the client's key, for the object, and under the account's managed key, for us;
// parts lie encrypted under the latter alone. `prepare_upload` adds that to the upload's attributes. Who uploads under
// a KMS key needs kms:GenerateDataKey at the start and kms:Decrypt for each part and the completion.
Outcome<void> prepare_upload(Context& context, Json& attributes, const std::string& bucket, const std::string& key,
                             std::string_view customer_key);
// What a part, and the completed object, are encrypted with.
Outcome<std::optional<store::Seal>> make_part_seal(Context& context, const Json& attributes, const std::string& bucket,
                                                   const std::string& key, const std::string& data_key = {});
Outcome<std::optional<store::Seal>> make_upload_seal(Context& context, const Json& attributes,
                                                     const std::string& bucket, const std::string& key);

// The data key again: what the store asks for. `secret` is the client's key.
Outcome<std::string> open_data_key(keys::Keyring& keyring, const Json& envelope, std::string_view secret);

}  // namespace penstock::aws::s3
