// Encrypting under KMS keys.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/kms/cryptography.h"

namespace penstock::aws::kms {

Outcome<EncryptOutput> encrypt(Context& context, const EncryptInput& input);
Outcome<DecryptOutput> decrypt(Context& context, const DecryptInput& input);
Outcome<ReEncryptOutput> re_encrypt(Context& context, const ReEncryptInput& input);
Outcome<GenerateDataKeyOutput> generate_data_key(Context& context, const GenerateDataKeyInput& input);
Outcome<GenerateDataKeyWithoutPlaintextOutput> generate_data_key_without_plaintext(
    Context& context, const GenerateDataKeyWithoutPlaintextInput& input);
Outcome<GenerateRandomOutput> generate_random(Context& context, const GenerateRandomInput& input);

}  // namespace penstock::aws::kms
