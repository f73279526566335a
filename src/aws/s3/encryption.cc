#include "aws/s3/encryption.h"

#include <fmt/format.h>

#include <utility>

#include "aws/protocol/guard.h"
#include "aws/s3/errors.h"
#include "base/cipher.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/json_read.h"
#include "core/keys/keyring.h"

namespace penstock::aws::s3 {

namespace {

constexpr std::string_view managed_key = "alias/aws/s3";

bool is_kms(std::string_view algorithm) {
  return algorithm == "aws:kms" || algorithm == "aws:kms:dsse";
}

// The server's own key for SSE-S3 is no account's, so that no call of KMS reaches it.
keys::Place own_place() {
  return {"penstock", "penstock"};
}

// KMS's errors, as S3 passes them on.
Error kms_error(const Error& error) {
  return {"KMS." + error.code, error.message, 400, {}};
}

// The key that is named, or the account's managed key for S3, able to encrypt.
Outcome<keys::Key> find_key(Platform& platform, const store::Bucket& bucket, std::string_view name) {
  keys::Place place{bucket.region, bucket.account};
  bool is_managed = name.empty() || name.ends_with(managed_key);
  Outcome<keys::Key> key = is_managed ? platform.keyring.managed(place, "s3") : platform.keyring.find(place, name);
  if (!key) return kms_error(key.error());
  if (Outcome<void> usable = key->check_usable(); !usable) return kms_error(usable.error());
  return key;
}

Outcome<Json> make_encryption(Platform& platform, const store::Bucket& bucket, std::string_view algorithm,
                              std::string_view key, bool bucket_key, bool at_rest) {
  Json encryption = Json::object({{"algorithm", Json(algorithm)}});
  if (!is_kms(algorithm)) {
    if (at_rest) encryption.set("at_rest", true);
    return encryption;
  }
  Outcome<keys::Key> found = find_key(platform, bucket, key);
  if (!found) return found.error();
  encryption.set("key", Json(found->arn));
  if (bucket_key) encryption.set("bucket_key", Json(true));
  return encryption;
}

Outcome<Json> default_encryption(Platform& platform, const store::Bucket& bucket) {
  const Json& rule = bucket.settings["encryption"]["Rules"][size_t{0}];
  const Json& chosen = rule["ApplyServerSideEncryptionByDefault"];
  const Json& bucket_key = rule["BucketKeyEnabled"];
  // AES256 that nobody asked for is S3's word for what every object has: it is sealed only if the server seals all.
  const bool asked = !chosen.is_null() || platform.keyring.seals_all();
  return make_encryption(platform, bucket, chosen.text("SSEAlgorithm", "AES256"), chosen.text("KMSMasterKeyID"),
                         bucket_key.is_boolean() && bucket_key.as_boolean(), asked);
}

// The header x-amz-server-side-encryption-context: base64 of a JSON object of texts.
Outcome<Json> read_context(const std::string& text) {
  Error invalid = invalid_argument(
      "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding "
      "JSON which represents a string-string map",
      "x-amz-server-side-encryption-context", text);
  std::optional<std::string> decoded = from_base64(text);
  Outcome<Json> context = decoded ? parse_json(*decoded) : Outcome<Json>(invalid);
  if (!context || !context->is_object()) return invalid;
  for (const JsonMember& member : context->members()) {
    if (!member.value.is_string()) return invalid;
  }
  return context;
}

}  // namespace

Outcome<Json> read_encryption(Platform& platform, const EncryptionRequest& request, const store::Bucket& bucket) {
  if (!request.algorithm) {
    if (request.key) {
      return invalid_argument(
          "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
          "x-amz-server-side-encryption-aws-kms-key-id", *request.key);
    }
    return default_encryption(platform, bucket);
  }
  if (*request.algorithm != "AES256" && !is_kms(*request.algorithm)) {
    return invalid_argument("The encryption method specified is not supported", "x-amz-server-side-encryption",
                            *request.algorithm);
  }
  if (request.key && !is_kms(*request.algorithm)) {
    return invalid_argument(
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        "x-amz-server-side-encryption", *request.algorithm);
  }
  Outcome<Json> encryption = make_encryption(platform, bucket, *request.algorithm, request.key.value_or(""),
                                             request.bucket_key.value_or(false), true);
  if (!encryption || !request.context || request.context->empty()) return encryption;
  if (Outcome<Json> context = read_context(*request.context); !context) return context;
  encryption->set("context", Json(*request.context));
  return encryption;
}

namespace {

// `data_key`, or a new one.
std::string data_key_or_new(Platform& platform, const std::string& data_key) {
  return data_key.empty() ? platform.keyring.random_bytes(cipher_key_bytes) : data_key;
}

// A data key under a KMS key.
Outcome<store::Seal> seal_by_kms(Platform& platform, const keys::Key& kms_key, Json context, std::string data_key) {
  Outcome<std::string> blob = platform.keyring.encrypt(kms_key, data_key, context);
  if (!blob) return kms_error(blob.error());
  Json envelope = Json::object({{"key", to_base64(*blob)}, {"context", std::move(context)}});
  return store::Seal{std::move(data_key), std::move(envelope)};
}

// A data key under the client's.
Json customer_envelope(Platform& platform, std::string_view data_key, std::string_view customer_key) {
  std::string sealed = platform.keyring.random_bytes(cipher_nonce_bytes);
  append_sealed(sealed, customer_key, std::string(sealed), data_key);
  return Json::object({{"customer", to_base64(sealed)}});
}

bool is_customer(const Json& attributes) {
  return attributes["encryption"].find("customer_md5") != nullptr;
}

bool is_sealed(const Json& attributes) {
  const Json& encryption = attributes["encryption"];
  return is_customer(attributes) || is_kms(encryption.text("algorithm")) || flag_in(encryption, "at_rest");
}

Error wrong_parameters() {
  return invalid_request(
      "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
      "retrieve the object.");
}

}  // namespace

namespace {

// The encryption context of an object's data key: the one that was sent, with the object's ARN.
Outcome<Json> key_context(const Json& encryption, const std::string& bucket, const std::string& key) {
  Json context = Json::object();
  if (std::string text(encryption.text("context")); !text.empty()) {
    Outcome<Json> given = read_context(text);
    if (!given) return given;
    context = std::move(*given);
  }
  context.set("aws:s3:arn", Json(fmt::format("arn:aws:s3:::{}/{}", bucket, key)));
  return context;
}

// As make_seal, without asking whether the caller may.
Outcome<std::optional<store::Seal>> seal_of(Platform& platform, const Json& attributes, const std::string& bucket,
                                            const std::string& key, std::string_view customer_key,
                                            const std::string& given_key) {
  const Json& encryption = attributes["encryption"];
  if (is_customer(attributes)) {
    std::string data_key = data_key_or_new(platform, given_key);
    Json envelope = customer_envelope(platform, data_key, customer_key);
    return std::optional<store::Seal>({std::move(data_key), std::move(envelope)});
  }
  if (!is_sealed(attributes)) return std::optional<store::Seal>();
  const bool by_kms = is_kms(encryption.text("algorithm"));
  Outcome<store::Bucket> found = platform.objects.bucket(bucket);
  if (!found) return found.error();
  Outcome<keys::Key> kms_key =
      by_kms ? find_key(platform, *found, encryption.text("key")) : platform.keyring.managed(own_place(), "s3");
  if (!kms_key) return by_kms ? kms_key.error() : kms_error(kms_key.error());
  Outcome<Json> context = key_context(encryption, bucket, key);
  if (!context) return context.error();
  Outcome<store::Seal> seal =
      seal_by_kms(platform, *kms_key, std::move(*context), data_key_or_new(platform, given_key));
  if (!seal) return seal.error();
  return std::optional<store::Seal>(std::move(*seal));
}

}  // namespace

std::string spool_key(Platform& platform, const HttpRequest& request, std::string_view bucket, std::string_view key) {
  bool sealed = platform.keyring.seals_all() || request.has_header("x-amz-server-side-encryption") ||
                request.has_header("x-amz-server-side-encryption-customer-algorithm");
  if (!sealed) {
    Outcome<store::Bucket> found = platform.objects.bucket(bucket);
    sealed = found && !found->settings["encryption"].is_null();
  }
  for (const auto& [name, value] : request.query_parameters()) {
    if (sealed || name != "uploadId") continue;
    Outcome<store::Upload> upload = platform.objects.upload(bucket, key, value);
    sealed = upload && is_sealed(upload->attributes);
  }
  return sealed ? platform.keyring.random_bytes(cipher_key_bytes) : std::string();
}

Outcome<void> check_key_use(const Context& context, std::string_view action, const Json& attributes,
                            const std::string& bucket, const std::string& key) {
  const Json& encryption = attributes["encryption"];
  Guard* guard = context.platform.guard;
  if (guard == nullptr || !is_kms(encryption.text("algorithm"))) return {};
  Outcome<Json> given = key_context(encryption, bucket, key);
  if (!given) return given.error();
  const KeyUse use{"s3", *given};
  return guard->check(
      context, {.action = std::string(action), .resource = std::string(encryption.text("key")), .key_use = &use});
}

Outcome<std::optional<store::Seal>> make_seal(Context& context, const Json& attributes, const std::string& bucket,
                                              const std::string& key, std::string_view customer_key,
                                              const std::string& data_key) {
  if (auto allowed = check_key_use(context, "kms:GenerateDataKey", attributes, bucket, key); !allowed)
    return allowed.error();
  return seal_of(context.platform, attributes, bucket, key, customer_key, data_key);
}

Outcome<void> prepare_upload(Context& context, Json& attributes, const std::string& bucket, const std::string& key,
                             std::string_view customer_key) {
  if (!is_customer(attributes)) return check_key_use(context, "kms:GenerateDataKey", attributes, bucket, key);
  auto ours = make_part_seal(context, attributes, bucket, key);
  if (!ours) return ours.error();
  Json sealed = Json::object({{"object", customer_envelope(context.platform, (*ours)->key, customer_key)}});
  sealed.set("ours", (*ours)->envelope);
  attributes.set("data_key", std::move(sealed));
  return {};
}

Outcome<std::optional<store::Seal>> make_part_seal(Context& context, const Json& attributes, const std::string& bucket,
                                                   const std::string& key, const std::string& data_key) {
  Platform& platform = context.platform;
  if (!is_customer(attributes)) {
    if (auto allowed = check_key_use(context, "kms:Decrypt", attributes, bucket, key); !allowed) return allowed.error();
    return seal_of(platform, attributes, bucket, key, {}, data_key);
  }
  Outcome<store::Bucket> found = platform.objects.bucket(bucket);
  if (!found) return found.error();
  Outcome<keys::Key> managed = find_key(platform, *found, managed_key);
  if (!managed) return managed.error();
  Outcome<Json> binding = key_context(Json::object(), bucket, key);
  Outcome<store::Seal> seal = seal_by_kms(platform, *managed, std::move(*binding), data_key_or_new(platform, data_key));
  if (!seal) return seal.error();
  return std::optional<store::Seal>(std::move(*seal));
}

Outcome<std::optional<store::Seal>> make_upload_seal(Context& context, const Json& attributes,
                                                     const std::string& bucket, const std::string& key) {
  if (!is_customer(attributes)) return make_part_seal(context, attributes, bucket, key);
  const Json& sealed = attributes["data_key"];
  Outcome<std::string> data_key = open_data_key(context.platform.keyring, sealed["ours"], {});
  if (!data_key) return data_key.error();
  return std::optional<store::Seal>({std::move(*data_key), sealed["object"]});
}

Outcome<void> encrypt_output(Context& context, store::NewObject& object, const std::string& kms_key) {
  Platform& platform = context.platform;
  Outcome<store::Bucket> bucket = platform.objects.bucket(object.bucket);
  if (!bucket) return bucket.error();
  EncryptionRequest request;
  if (!kms_key.empty()) {
    request.algorithm = "aws:kms";
    request.key = kms_key;
  }
  Outcome<Json> encryption = read_encryption(platform, request, *bucket);
  if (!encryption) return encryption.error();
  object.attributes.set("encryption", std::move(*encryption));
  auto seal = make_seal(context, object.attributes, object.bucket, object.key);
  if (!seal) return seal.error();
  object.source.seal = std::move(*seal);
  return {};
}

Outcome<std::string> open_data_key(keys::Keyring& keyring, const Json& envelope, std::string_view secret) {
  if (envelope.find("customer") != nullptr) {
    if (secret.size() != cipher_key_bytes) return wrong_parameters();
    std::string sealed = from_base64(envelope.text("customer")).value_or("");
    std::string_view text = sealed;
    if (sealed.size() < cipher_nonce_bytes) return wrong_parameters();
    std::optional<std::string> key =
        unseal(secret, text.substr(0, cipher_nonce_bytes), text.substr(cipher_nonce_bytes));
    if (!key) return Error{"AccessDenied", "Access Denied", 403, {}};
    return std::move(*key);
  }
  std::optional<std::string> blob = from_base64(envelope.text("key"));
  Outcome<keys::Opened> opened = keyring.decrypt(blob.value_or(""), envelope["context"]);
  if (!opened) return kms_error(opened.error());
  return std::move(opened->plain);
}

Outcome<std::string> read_customer_key(const CustomerKeyRequest& request) {
  if (!request.algorithm && !request.key && !request.md5) return std::string();
  constexpr std::string_view prefix =
      "Requests specifying Server Side Encryption with Customer provided keys must provide ";
  constexpr std::string_view header = "x-amz-server-side-encryption-customer-";
  auto missing = [&](std::string_view what, std::string_view name) {
    return invalid_argument(fmt::format("{}{}", prefix, what), fmt::format("{}{}", header, name), "null");
  };
  if (!request.algorithm) return missing("a valid encryption algorithm.", "algorithm");
  if (*request.algorithm != "AES256") {
    return Error{"InvalidEncryptionAlgorithmError",
                 "The Encryption request you specified is not valid. Supported value: AES256.",
                 400,
                 {{"ArgumentName", fmt::format("{}algorithm", header)}, {"ArgumentValue", *request.algorithm}}};
  }
  if (!request.key) return missing("an appropriate secret key.", "key");
  if (!request.md5) return missing("the client calculated MD5 of the secret key.", "key-MD5");
  std::optional<std::string> key = from_base64(*request.key);
  if (!key || key->size() != cipher_key_bytes) {
    return invalid_argument("The secret key was invalid for the specified algorithm.", fmt::format("{}key", header),
                            "null");
  }
  if (to_base64(digest(DigestKind::md5, *key)) != *request.md5) {
    return invalid_argument("The calculated MD5 hash of the key did not match the hash that was provided.",
                            fmt::format("{}key-MD5", header), *request.md5);
  }
  return std::move(*key);
}

Outcome<Json> customer_encryption(const EncryptionRequest& request, std::string_view customer_key) {
  if (request.algorithm || request.key) {
    return invalid_argument(
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        "x-amz-server-side-encryption", request.algorithm.value_or("null"));
  }
  return Json::object(
      {{"customer_algorithm", "AES256"}, {"customer_md5", to_base64(digest(DigestKind::md5, customer_key))}});
}

Outcome<void> check_customer_key(const Json& attributes, std::string_view customer_key) {
  if (!is_customer(attributes)) {
    if (customer_key.empty()) return {};
    return invalid_request("The encryption parameters are not applicable to this object.");
  }
  if (customer_key.empty()) return wrong_parameters();
  bool is_same = to_base64(digest(DigestKind::md5, customer_key)) == attributes["encryption"].text("customer_md5");
  if (is_same) return {};
  return Error{"AccessDenied", "Access Denied", 403, {}};
}

Outcome<void> check_part_key(const Json& upload_attributes, std::string_view customer_key) {
  if (is_customer(upload_attributes) && customer_key.empty()) {
    return invalid_request(
        "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
        "encryption parameters.");
  }
  if (check_customer_key(upload_attributes, customer_key)) return {};
  return invalid_request("The provided encryption parameters did not match the ones used originally.");
}

}  // namespace penstock::aws::s3
