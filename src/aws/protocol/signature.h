// What SigV4 signs and how, for both sides: the server that checks (sigv4.h) and a client that signs. (AWS Signature
// Version 4: "Signing AWS API requests", IAM user guide.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aws/protocol/http.h"
#include "base/clock.h"
#include "core/access/key_pair.h"

namespace penstock::aws::sigv4 {

inline constexpr std::string_view algorithm_name = "AWS4-HMAC-SHA256";

// What a request says of its signature; nothing of it is checked.
struct Claim {
  enum class Place { none, header, query };
  Place place = Place::none;
  std::string access_key;
  std::string date;  // of the scope, YYYYMMDD
  std::string region;
  std::string service;         // signing name: states, s3, sagemaker, logs, sts, iam, ...
  std::string signed_headers;  // "host;x-amz-date", lower case, sorted
  std::string signature;       // hex
  std::string timestamp;       // X-Amz-Date, or what the Date header gives in that form
  std::string session_token;
  int64_t expires_seconds = 0;  // of a presigned URL
  bool version_2 = false;       // see sigv2.h; then expires_seconds counts from 1970 and most of the rest is empty

  std::string scope() const { return date + "/" + region + "/" + service + "/aws4_request"; }
};

// HMAC chain of secret, date, region, service: 32 raw bytes.
std::string derive_signing_key(std::string_view secret, const Claim& claim);
// The text whose hash is signed. `service` "s3" encodes the path once, others twice.
std::string canonical_request(const HttpRequest& request, const Claim& claim, std::string_view payload_hash);
std::string string_to_sign(const Claim& claim, std::string_view canonical);

// Whose key a client signs with.
struct Signer {
  access::KeyPair keys;
  std::string session_token;
  std::string region;
  std::string service;
};
// Adds x-amz-date, x-amz-content-sha256 (S3), x-amz-security-token and authorization; `host` must be among the headers.
// `body_sha256` (hex) is that of a body which is not in `request`; empty: of the body there.
void sign(HttpRequest& request, const Signer& signer, Time now, std::string_view body_sha256 = {});

}  // namespace penstock::aws::sigv4
