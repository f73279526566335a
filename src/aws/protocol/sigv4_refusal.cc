#include "aws/protocol/sigv4_refusal.h"

#include "base/encoding.h"

namespace penstock::aws::sigv4::refusal {

namespace {

// A refusal that coral-based JSON services and query services name differently; JSON ones answer 400, query ones 403.
Error by_family(Family family, const char* json_code, const char* query_code, std::string message) {
  if (family == Family::json) return Error{json_code, std::move(message), 400};
  return Error{query_code, std::move(message), 403};
}

Error invalid_signature(Family family, std::string message) {
  return by_family(family, "InvalidSignatureException", "SignatureDoesNotMatch", std::move(message));
}

// S3 shows what it hashed as hexadecimal bytes too.
std::string spaced_hex(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!out.empty()) out += ' ';
    out += to_hex(std::string_view(&c, 1));
  }
  return out;
}

}  // namespace

Error unsigned_request(Family family) {
  if (family == Family::s3) return Error{"AccessDenied", "Access Denied", 403};
  if (family == Family::json) return Error{"MissingAuthenticationTokenException", "Missing Authentication Token", 400};
  return Error{"MissingAuthenticationToken", "Request is missing Authentication Token", 403};
}

Error signature_version_2(Family family) {
  if (family == Family::s3) {
    return Error{"InvalidRequest",
                 "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.", 400};
  }
  return incomplete(family, "Signature Version 2 is not supported; use AWS4-HMAC-SHA256.", "");
}

Error incomplete(Family family, const std::string& what, std::string_view authorization) {
  if (family == Family::s3) {
    return Error{"AuthorizationHeaderMalformed", "The authorization header is malformed; " + what, 400};
  }
  std::string message = what;
  if (!authorization.empty())
    message.append(" Authorization=").append(authorization.substr(0, authorization.find(' ')));
  Error error = by_family(family, "IncompleteSignatureException", "IncompleteSignature", std::move(message));
  error.status = 400;
  return error;
}

Error unknown_key(Family family, std::string_view access_key) {
  if (family == Family::s3) {
    return Error{"InvalidAccessKeyId",
                 "The AWS Access Key Id you provided does not exist in our records.",
                 403,
                 {{"AWSAccessKeyId", std::string(access_key)}}};
  }
  return by_family(family, "UnrecognizedClientException", "InvalidClientTokenId",
                   "The security token included in the request is invalid.");
}

Error invalid_token(Family family, std::string_view token) {
  if (family == Family::s3) {
    return Error{"InvalidToken",
                 "The provided token is malformed or otherwise invalid.",
                 400,
                 {{"Token-0", std::string(token)}}};
  }
  return by_family(family, "UnrecognizedClientException", "InvalidClientTokenId",
                   "The security token included in the request is invalid.");
}

Error expired_token(Family family, std::string_view token) {
  if (family == Family::s3) {
    return Error{"ExpiredToken", "The provided token has expired.", 400, {{"Token-0", std::string(token)}}};
  }
  return by_family(family, "ExpiredTokenException", "ExpiredToken",
                   "The security token included in the request is expired");
}

Error mismatch(Family family, const Claim& claim, std::string_view canonical, std::string_view text_to_sign) {
  if (family != Family::s3) {
    return invalid_signature(
        family,
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details.");
  }
  return Error{
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing "
      "method.",
      403,
      {{"AWSAccessKeyId", claim.access_key},
       {"StringToSign", std::string(text_to_sign)},
       {"SignatureProvided", claim.signature},
       {"StringToSignBytes", spaced_hex(text_to_sign)},
       {"CanonicalRequest", std::string(canonical)},
       {"CanonicalRequestBytes", spaced_hex(canonical)}}};
}

Error skewed(Family family, Time claimed, Time now) {
  if (family == Family::s3) {
    return Error{"RequestTimeTooSkewed",
                 "The difference between the request time and the current time is too large.",
                 403,
                 {{"RequestTime", to_amz_date(claimed)},
                  {"ServerTime", to_iso8601_seconds(now)},
                  {"MaxAllowedSkewMilliseconds", std::to_string(skew_seconds_max * 1000)}}};
  }
  std::string at = to_amz_date(claimed);
  std::string message;
  if (claimed < now) {
    message = "Signature expired: " + at + " is now earlier than " + to_amz_date(plus_seconds(now, -skew_seconds_max)) +
              " (" + to_amz_date(now) + " - 15 min.)";
  } else {
    message = "Signature not yet current: " + at + " is still later than " +
              to_amz_date(plus_seconds(now, skew_seconds_max)) + " (" + to_amz_date(now) + " + 15 min.)";
  }
  return invalid_signature(family, std::move(message));
}

Error wrong_scope_date(Family family, const Claim& claim) {
  std::string day = claim.timestamp.substr(0, 8);
  if (family == Family::s3) {
    return incomplete(
        family,
        "Invalid credential date \"" + claim.date + "\". This date is not the same as X-Amz-Date: \"" + day + "\".",
        "");
  }
  return invalid_signature(
      family, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
                  claim.date + "' != '" + day + "', from '" + claim.timestamp + "'.");
}

Error headers_not_signed(Family family, const std::string& names) {
  if (family == Family::s3) {
    return Error{"AccessDenied",
                 "There were headers present in the request which were not signed",
                 403,
                 {{"HeadersNotSigned", names}}};
  }
  if (names == "host") return invalid_signature(family, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  return invalid_signature(family, "'" + names + "' must be a 'SignedHeader' in the AWS Authorization.");
}

Error presigned_expired(Family family, Time expiry, int64_t expires_seconds, Time now) {
  if (family != Family::s3) {
    return invalid_signature(
        family, "Signature expired: " + to_amz_date(plus_seconds(expiry, -static_cast<double>(expires_seconds))) +
                    " is now earlier than " + to_amz_date(now) + ".");
  }
  return Error{"AccessDenied",
               "Request has expired",
               403,
               {{"X-Amz-Expires", std::to_string(expires_seconds)},
                {"Expires", to_iso8601_seconds(expiry)},
                {"ServerTime", to_iso8601_seconds(now)}}};
}

Error presigned_not_yet_valid(Family family, Time now) {
  if (family != Family::s3) return invalid_signature(family, "Signature not yet current.");
  return Error{"AccessDenied", "Request is not yet valid", 403, {{"ServerTime", to_iso8601_seconds(now)}}};
}

Error presigned_parameters(Family family, const std::string& message) {
  if (family == Family::s3) return Error{"AuthorizationQueryParametersError", message, 400};
  return incomplete(family, message, "");
}

Error payload_hash_missing() {
  return Error{"InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400};
}

Error payload_hash_invalid(std::string_view given) {
  return Error{
      "InvalidArgument",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
      400,
      {{"ArgumentName", "x-amz-content-sha256"}, {"ArgumentValue", std::string(given)}}};
}

Error payload_hash_mismatch(std::string_view claimed, std::string_view computed) {
  return Error{
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      400,
      {{"ClientComputedContentSHA256", std::string(claimed)}, {"S3ComputedContentSHA256", std::string(computed)}}};
}

}  // namespace penstock::aws::sigv4::refusal
