// SigV4: is a request signed by who it says? (AWS Signature Version 4: "Signing AWS API requests", IAM user guide, and
// "Authenticating Requests (AWS Signature Version 4)", S3 API reference.) Also signs, for our own clients.
//
// A check has two parts: `begin` needs the headers alone, so that nothing of an unknown caller's body is kept; `finish`
// compares the payload. Refusals carry the code, words and status that the family of services uses.
#pragma once

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "aws/context.h"
#include "aws/protocol/http.h"
#include "base/clock.h"
#include "base/outcome.h"
#include "core/access/access.h"

namespace penstock::aws::sigv4 {

inline constexpr std::string_view algorithm_name = "AWS4-HMAC-SHA256";
inline constexpr int64_t skew_seconds_max = 15 * 60;
inline constexpr int64_t presigned_seconds_max = 7 * 24 * 60 * 60;

// The services that refuse in the same words. rest-json services use those of `json`.
enum class Family { json, query, s3 };

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

// The family by what the request looks like: it must be known even when the claim cannot be read.
Family family_of(const HttpRequest& request);
Outcome<Claim> read_claim(const HttpRequest& request, Family family);

// How a payload is covered by the signature.
enum class Payload {
  hashed,                   // its SHA-256 is in the canonical request
  unsigned_payload,         // UNSIGNED-PAYLOAD
  chunks_signed,            // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
  chunks_signed_trailer,    // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
  chunks_unsigned_trailer,  // STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

// A request whose headers were accepted.
struct Proof {
  Caller caller;
  Claim claim;
  Family family = Family::json;
  Payload payload = Payload::hashed;
  std::string payload_hash;  // as the client named it (hex); empty when only the body gives it
  std::string signing_key;   // 32 raw bytes
  bool signature_checked = false;
  bool is_chunked() const { return payload >= Payload::chunks_signed; }
};

class Verifier {
 public:
  explicit Verifier(const access::Access& access) : access_(access) {}

  // Checks key, token, date, scope, and, when the headers name the payload's hash (S3), the signature.
  Outcome<Proof> begin(const HttpRequest& head, const Claim& claim, Family family);
  // Checks the rest, given the SHA-256 (raw) of the body as it was sent. Not for chunked payloads, whose decoder
  // checks.
  Outcome<void> finish(const HttpRequest& head, const Proof& proof, std::string_view body_sha256);

 private:
  Outcome<void> check_time(const HttpRequest& head, const Claim& claim, Family family) const;
  Outcome<void> check_signature(const HttpRequest& head, const Proof& proof, std::string_view payload_hash) const;
  std::string signing_key(const access::Credential& credential, const Claim& claim);

  const access::Access& access_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> signing_keys_;  // by secret and scope; at most signing_keys_max
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
