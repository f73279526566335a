// SigV4: is a request signed by who it says? (AWS Signature Version 4: "Signing AWS API requests", IAM user guide, and
// "Authenticating Requests (AWS Signature Version 4)", S3 API reference.)
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
#include "aws/protocol/signature.h"
#include "base/clock.h"
#include "base/outcome.h"
#include "core/access/access.h"

namespace penstock::aws::sigv4 {

inline constexpr int64_t skew_seconds_max = 15 * 60;
inline constexpr int64_t presigned_seconds_max = 7 * 24 * 60 * 60;

// The services that refuse in the same words. rest-json services use those of `json`.
enum class Family { json, query, s3 };

// The family by what the request looks like: it must be known even when the claim cannot be read.
Family family_of(const HttpRequest& request);
// Whether nothing of it claims to be of anybody, be it well formed or not.
bool is_unsigned(const HttpRequest& request);
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

// Of an unsigned request to S3: nobody's. AccessDenied for a payload that only a signature covers.
Outcome<Proof> anonymous_proof(const HttpRequest& head);

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

}  // namespace penstock::aws::sigv4
