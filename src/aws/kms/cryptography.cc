#include "aws/kms/cryptography.h"

#include <utility>

#include "aws/kms/request.h"

namespace penstock::aws::kms {

namespace {

constexpr std::string_view symmetric = "SYMMETRIC_DEFAULT";

Json context_of(const std::optional<Map<std::string>>& map) {
  Json context = Json::object();
  if (!map) return context;
  for (const auto& [name, value] : *map) context.set(name, Json(value));
  return context;
}

Outcome<void> check_algorithm(const std::optional<std::string>& algorithm) {
  if (!algorithm || *algorithm == symmetric) return {};
  return Error{"InvalidKeyUsageException",
               "Algorithm " + *algorithm + " is incompatible with key spec SYMMETRIC_DEFAULT."};
}

Outcome<void> refuse_dry_run(const std::optional<bool>& dry_run) {
  if (!dry_run.value_or(false)) return {};
  return Error{"DryRunOperationException", "The request would have succeeded, but the DryRun option is set.", 412};
}

Outcome<void> refuse_recipient(bool given) {
  if (!given) return {};
  return unsupported("Penstock serves no Nitro enclaves: leave Recipient out");
}

// A text encrypted under the key, or the reason why not.
Outcome<std::string> encrypt_under(Context& context, const keys::Key& key, std::string_view plain,
                                   const std::optional<Map<std::string>>& encryption_context,
                                   const std::optional<bool>& dry_run) {
  if (Outcome<void> usable = key.check_usable(); !usable) return usable.error();
  if (Outcome<void> wanted = refuse_dry_run(dry_run); !wanted) return wanted.error();
  return context.platform.keyring.encrypt(key, plain, context_of(encryption_context));
}

Outcome<keys::Opened> open(Context& context, const std::optional<std::string>& blob,
                           const std::optional<std::string>& key_id,
                           const std::optional<Map<std::string>>& encryption_context) {
  if (!blob) return validation_error("CiphertextBlob is missing");
  Outcome<keys::Key> key = context.platform.keyring.key_of(*blob);
  if (!key) return key.error();
  if (key_id) {
    Outcome<keys::Key> named = find_key(context, *key_id);
    if (!named) return named.error();
    if (named->id != key->id) {
      return Error{"IncorrectKeyException",
                   "The key ID in the request does not identify a CMK that can perform this operation."};
    }
  }
  if (key->region != context.region || key->account != context.account) {
    return Error{"InvalidCiphertextException", ""};
  }
  return context.platform.keyring.decrypt(*blob, context_of(encryption_context));
}

Outcome<size_t> data_key_bytes(const std::optional<std::string>& spec, const std::optional<int64_t>& count) {
  if (spec.has_value() == count.has_value()) {
    return validation_error("Please specify either number of bytes or key spec.");
  }
  if (count) return static_cast<size_t>(*count);
  return *spec == "AES_128" ? size_t{16} : size_t{32};
}

}  // namespace

Outcome<EncryptOutput> encrypt(Context& context, const EncryptInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  if (Outcome<void> known = check_algorithm(input.encryption_algorithm); !known) return known.error();
  Outcome<std::string> sealed = encrypt_under(context, *key, input.plaintext, input.encryption_context, input.dry_run);
  if (!sealed) return sealed.error();
  return EncryptOutput{std::move(*sealed), key->arn, std::string(symmetric)};
}

Outcome<DecryptOutput> decrypt(Context& context, const DecryptInput& input) {
  if (Outcome<void> known = check_algorithm(input.encryption_algorithm); !known) return known.error();
  if (Outcome<void> served = refuse_recipient(input.recipient.has_value()); !served) return served.error();
  Outcome<keys::Opened> opened = open(context, input.ciphertext_blob, input.key_id, input.encryption_context);
  if (!opened) return opened.error();
  if (Outcome<void> wanted = refuse_dry_run(input.dry_run); !wanted) return wanted.error();
  DecryptOutput output;
  output.key_id = opened->key.arn;
  output.plaintext = std::move(opened->plain);
  output.encryption_algorithm = symmetric;
  return output;
}

Outcome<ReEncryptOutput> re_encrypt(Context& context, const ReEncryptInput& input) {
  for (const auto* algorithm : {&input.source_encryption_algorithm, &input.destination_encryption_algorithm}) {
    if (Outcome<void> known = check_algorithm(*algorithm); !known) return known.error();
  }
  Outcome<keys::Key> key = find_key(context, input.destination_key_id);
  if (!key) return key.error();
  Outcome<keys::Opened> opened =
      open(context, input.ciphertext_blob, input.source_key_id, input.source_encryption_context);
  if (!opened) return opened.error();
  Outcome<std::string> sealed =
      encrypt_under(context, *key, opened->plain, input.destination_encryption_context, input.dry_run);
  if (!sealed) return sealed.error();
  ReEncryptOutput output;
  output.ciphertext_blob = std::move(*sealed);
  output.source_key_id = opened->key.arn;
  output.key_id = key->arn;
  output.source_encryption_algorithm = output.destination_encryption_algorithm = symmetric;
  return output;
}

Outcome<GenerateDataKeyOutput> generate_data_key(Context& context, const GenerateDataKeyInput& input) {
  if (Outcome<void> served = refuse_recipient(input.recipient.has_value()); !served) return served.error();
  Outcome<size_t> count = data_key_bytes(input.key_spec, input.number_of_bytes);
  if (!count) return count.error();
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  std::string plain = context.platform.keyring.random_bytes(*count);
  Outcome<std::string> sealed = encrypt_under(context, *key, plain, input.encryption_context, input.dry_run);
  if (!sealed) return sealed.error();
  GenerateDataKeyOutput output;
  output.ciphertext_blob = std::move(*sealed);
  output.plaintext = std::move(plain);
  output.key_id = key->arn;
  return output;
}

Outcome<GenerateDataKeyWithoutPlaintextOutput> generate_data_key_without_plaintext(
    Context& context, const GenerateDataKeyWithoutPlaintextInput& input) {
  Outcome<GenerateDataKeyOutput> made = generate_data_key(context, {input.key_id,
                                                                    input.encryption_context,
                                                                    input.number_of_bytes,
                                                                    input.key_spec,
                                                                    input.grant_tokens,
                                                                    {},
                                                                    input.dry_run});
  if (!made) return made.error();
  GenerateDataKeyWithoutPlaintextOutput output;
  output.ciphertext_blob = std::move(made->ciphertext_blob);
  output.key_id = std::move(made->key_id);
  return output;
}

Outcome<GenerateRandomOutput> generate_random(Context& context, const GenerateRandomInput& input) {
  if (Outcome<void> served = refuse_recipient(input.recipient.has_value()); !served) return served.error();
  if (!input.number_of_bytes) return validation_error("NumberOfBytes is required.");
  GenerateRandomOutput output;
  output.plaintext = context.platform.keyring.random_bytes(static_cast<size_t>(*input.number_of_bytes));
  return output;
}

}  // namespace penstock::aws::kms
