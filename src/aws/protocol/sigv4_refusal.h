// The words in which each family of services refuses a signature. Codes, texts and fields as AWS answers them ("Common
// errors" of each service's API reference, "Error responses" of S3's).
#pragma once

#include <string>
#include <string_view>

#include "aws/protocol/sigv4.h"
#include "base/outcome.h"
#include "base/time.h"

namespace penstock::aws::sigv4::refusal {

Error unsigned_request(Family family);
Error signature_version_2(Family family);
// `what` lists what is missing or wrong, a sentence each.
Error incomplete(Family family, const std::string& what, std::string_view authorization);
Error unknown_key(Family family, std::string_view access_key);
Error invalid_token(Family family, std::string_view token);
Error expired_token(Family family, std::string_view token);
Error mismatch(Family family, const Claim& claim, std::string_view canonical, std::string_view text_to_sign);
// `claimed` is what the request says, outside of 15 minutes around `now`.
Error skewed(Family family, Time claimed, Time now);
Error wrong_scope_date(Family family, const Claim& claim);
Error headers_not_signed(Family family, const std::string& names);
Error presigned_expired(Family family, Time expiry, int64_t expires_seconds, Time now);
Error presigned_not_yet_valid(Family family, Time now);
Error presigned_parameters(Family family, const std::string& message);
Error payload_hash_missing();                                                      // S3
Error payload_hash_invalid(std::string_view given);                                // S3
Error payload_hash_mismatch(std::string_view claimed, std::string_view computed);  // S3

}  // namespace penstock::aws::sigv4::refusal
