#include "aws/protocol/sigv4.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <utility>
#include <vector>

#include "aws/protocol/sigv2.h"
#include "aws/protocol/sigv4_refusal.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace penstock::aws::sigv4 {

namespace {

constexpr size_t signing_keys_max = 1'024;
constexpr size_t sha256_hex_length = 64;
constexpr std::string_view unsigned_payload_name = "UNSIGNED-PAYLOAD";

bool splits_scope(std::string_view credential, Claim& claim) {
  // The access key itself may hold no '/', regions and services neither.
  std::vector<std::string_view> parts = split(credential, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request" || parts[0].empty()) return false;
  claim.access_key = parts[0];
  claim.date = parts[1];
  claim.region = parts[2];
  claim.service = parts[3];
  return claim.date.size() == 8 && !claim.service.empty() && !claim.region.empty();
}

// X-Amz-Date wins over Date, which old clients sign instead.
std::string header_timestamp(const HttpRequest& request) {
  if (request.has_header("x-amz-date")) return std::string(request.header("x-amz-date"));
  std::string_view date = request.header("date");
  if (std::optional<Time> time = parse_http_date(date)) return to_amz_date(*time);
  return std::string(date);
}

Outcome<Claim> read_header_claim(const HttpRequest& request, Family family) {
  std::string_view authorization = request.header("authorization");
  Claim claim;
  claim.place = Claim::Place::header;
  std::string_view rest = trim(authorization.substr(algorithm_name.size()));
  bool has_credential = false;
  for (std::string_view part : split(rest, ',')) {
    part = trim(part);
    size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view name = part.substr(0, equals);
    std::string_view value = part.substr(equals + 1);
    if (name == "Credential") {
      has_credential = true;
      if (!splits_scope(value, claim)) {
        return refusal::incomplete(
            family, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
            authorization);
      }
    } else if (name == "SignedHeaders") {
      claim.signed_headers = to_lower(value);
    } else if (name == "Signature") {
      claim.signature = value;
    }
  }
  claim.timestamp = header_timestamp(request);
  claim.session_token = request.header("x-amz-security-token");
  std::string missing;
  if (!has_credential) missing += "Authorization header requires 'Credential' parameter. ";
  if (claim.signature.empty()) missing += "Authorization header requires 'Signature' parameter. ";
  if (claim.signed_headers.empty()) missing += "Authorization header requires 'SignedHeaders' parameter. ";
  if (claim.timestamp.empty()) {
    missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) {
    missing.pop_back();
    return refusal::incomplete(family, missing, authorization);
  }
  return claim;
}

Outcome<Claim> read_query_claim(const HttpRequest& request, Family family) {
  Claim claim;
  claim.place = Claim::Place::query;
  std::string expires;
  for (auto& [name, value] : request.query_parameters()) {
    if (name == "X-Amz-Algorithm" && value != algorithm_name) {
      return refusal::presigned_parameters(family, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    }
    if (name == "X-Amz-Credential" && !splits_scope(value, claim)) {
      return refusal::presigned_parameters(
          family,
          "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
          "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
    }
    if (name == "X-Amz-Date") claim.timestamp = value;
    if (name == "X-Amz-Expires") expires = value;
    if (name == "X-Amz-SignedHeaders") claim.signed_headers = to_lower(value);
    if (name == "X-Amz-Signature") claim.signature = value;
    if (name == "X-Amz-Security-Token") claim.session_token = value;
  }
  // Only S3 insists on X-Amz-Expires; elsewhere a presigned request is good for the usual 15 minutes.
  if (claim.access_key.empty() || claim.timestamp.empty() || claim.signed_headers.empty() || claim.signature.empty() ||
      (family == Family::s3 && expires.empty())) {
    return refusal::presigned_parameters(family,
                                         "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                                         "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                                         "X-Amz-Expires parameters.");
  }
  claim.expires_seconds = skew_seconds_max;
  if (!expires.empty()) {
    auto [end, failure] = std::from_chars(expires.data(), expires.data() + expires.size(), claim.expires_seconds);
    if (failure != std::errc{} || end != expires.data() + expires.size()) {
      return refusal::presigned_parameters(family, "X-Amz-Expires should be a number");
    }
  }
  if (claim.expires_seconds < 0) return refusal::presigned_parameters(family, "X-Amz-Expires must be non-negative");
  if (claim.expires_seconds > presigned_seconds_max) {
    return refusal::presigned_parameters(family,
                                         "X-Amz-Expires must be less than a week (in seconds); that is, the given "
                                         "X-Amz-Expires must be less than 604800 seconds");
  }
  return claim;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// S3 names its payload in a header (or query parameter), other services sign what they send.
Outcome<void> read_payload(const HttpRequest& request, Proof& proof) {
  if (proof.family != Family::s3) return {};
  std::string named(request.header("x-amz-content-sha256"));
  if (proof.claim.place == Claim::Place::query && named.empty()) {
    for (auto& [name, value] : request.query_parameters()) {
      if (to_lower(name) == "x-amz-content-sha256") named = value;
    }
    if (named.empty()) named = unsigned_payload_name;
  }
  if (named.empty()) return refusal::payload_hash_missing();
  proof.payload_hash = named;
  if (named == unsigned_payload_name) {
    proof.payload = Payload::unsigned_payload;
  } else if (named == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") {
    proof.payload = Payload::chunks_signed;
  } else if (named == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
    proof.payload = Payload::chunks_signed_trailer;
  } else if (named == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    proof.payload = Payload::chunks_unsigned_trailer;
  } else if (named.size() != sha256_hex_length || !is_hex(named)) {
    return refusal::payload_hash_invalid(named);
  }
  return {};
}

bool lists(std::string_view signed_headers, std::string_view name) {
  for (std::string_view part : split(signed_headers, ';')) {
    if (part == name) return true;
  }
  return false;
}

// Host and every x-amz-* header must be signed, else a stranger could add them.
Outcome<void> check_signed_headers(const HttpRequest& head, const Claim& claim, Family family) {
  if (!lists(claim.signed_headers, "host")) return refusal::headers_not_signed(family, "host");
  for (const auto& [name, value] : head.headers) {
    if (!name.starts_with("x-amz-") || name == "x-amz-content-sha256") continue;
    if (!lists(claim.signed_headers, name)) return refusal::headers_not_signed(family, name);
  }
  return {};
}

Error translate(const Error& error, const Claim& claim, Family family) {
  if (error.code == "ExpiredToken") return refusal::expired_token(family, claim.session_token);
  if (error.code == "InvalidToken") return refusal::invalid_token(family, claim.session_token);
  return refusal::unknown_key(family, claim.access_key);
}

}  // namespace

Family family_of(const HttpRequest& request) {
  if (request.has_header("x-amz-target")) return Family::json;
  // curl and others send a form's content type with any body: a scope that names S3 decides before it.
  if (request.query.find("%2Fs3%2Faws4_request") != std::string::npos) return Family::s3;
  if (request.header("authorization").find("/s3/aws4_request") != std::string_view::npos) return Family::s3;
  if (request.header("content-type").starts_with("application/x-www-form-urlencoded")) return Family::query;
  // A presigned query call ("?Action=GetCallerIdentity") or one signed for a service other than S3.
  if (request.query.starts_with("Action=") || request.query.find("&Action=") != std::string::npos) return Family::query;
  std::string_view authorization = request.header("authorization");
  if (authorization.starts_with(algorithm_name)) {
    std::string_view credential = authorization.substr(0, authorization.find(','));
    std::vector<std::string_view> parts = split(credential, '/');
    if (parts.size() == 5 && parts[3] != "s3") return Family::json;
  }
  return Family::s3;
}

bool is_unsigned(const HttpRequest& request) {
  return request.header("authorization").empty() && request.query.find("X-Amz-") == std::string::npos &&
         request.query.find("AWSAccessKeyId=") == std::string::npos;
}

Outcome<Proof> anonymous_proof(const HttpRequest& head) {
  Proof proof;
  proof.family = Family::s3;
  proof.caller.user_id = "anonymous";
  proof.signature_checked = true;
  proof.payload = Payload::unsigned_payload;
  if (head.header("x-amz-content-sha256").empty()) return proof;
  if (Outcome<void> named = read_payload(head, proof); !named) return named.error();
  const bool needs_key = proof.payload == Payload::chunks_signed || proof.payload == Payload::chunks_signed_trailer;
  if (needs_key) return refusal::unsigned_request(Family::s3);
  return proof;
}

Outcome<Claim> read_claim(const HttpRequest& request, Family family) {
  std::string_view authorization = request.header("authorization");
  if (authorization.starts_with(algorithm_name)) return read_header_claim(request, family);
  if (authorization.starts_with("AWS ")) return refusal::signature_version_2(family);
  if (!authorization.empty()) {
    if (family == Family::s3)
      return Error{"InvalidArgument", "Unsupported Authorization Type", 400, {{"ArgumentName", "Authorization"}}};
    return refusal::unsigned_request(family);
  }
  if (request.query.find("X-Amz-") != std::string::npos) return read_query_claim(request, family);
  if (request.query.find("AWSAccessKeyId=") != std::string::npos) return read_version_2_claim(request, family);
  return refusal::unsigned_request(family);
}

Outcome<void> Verifier::check_time(const HttpRequest& head, const Claim& claim, Family family) const {
  std::optional<Time> claimed = parse_amz_date(claim.timestamp);
  if (!claimed) {
    if (family == Family::s3) {
      return Error{"AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403};
    }
    return refusal::incomplete(family,
                               "Date must be in ISO-8601 'basic format'. Got '" + claim.timestamp +
                                   "'. See http://en.wikipedia.org/wiki/ISO_8601",
                               head.header("authorization"));
  }
  if (claim.date != claim.timestamp.substr(0, 8)) return refusal::wrong_scope_date(family, claim);
  Time now = access_.wall().now();
  Time latest = plus_seconds(now, skew_seconds_max);
  if (claim.place == Claim::Place::query) {
    Time expiry = plus_seconds(*claimed, static_cast<double>(claim.expires_seconds));
    if (expiry < now) return refusal::presigned_expired(family, expiry, claim.expires_seconds, now);
    if (*claimed > latest) return refusal::presigned_not_yet_valid(family, now);
    return {};
  }
  if (*claimed > latest || *claimed < plus_seconds(now, -skew_seconds_max))
    return refusal::skewed(family, *claimed, now);
  return {};
}

Outcome<Proof> Verifier::begin(const HttpRequest& head, const Claim& claim, Family family) {
  Outcome<access::Credential> credential = access_.find(claim.access_key, claim.session_token);
  if (!credential) return translate(credential.error(), claim, family);
  if (claim.version_2) return check_version_2(head, claim, *credential, access_.wall().now());
  Outcome<void> timely = check_time(head, claim, family);
  if (!timely) return timely.error();
  Outcome<void> covered = check_signed_headers(head, claim, family);
  if (!covered) return covered.error();

  Proof proof;
  proof.claim = claim;
  proof.family = family;
  access::Identity& identity = credential->identity;
  proof.caller = {std::move(identity.account), std::move(identity.arn), std::move(identity.user_id), claim.access_key,
                  std::move(credential->session_policies)};
  proof.signing_key = signing_key(*credential, claim);
  Outcome<void> named = read_payload(head, proof);
  if (!named) return named.error();
  if (!proof.payload_hash.empty()) {
    Outcome<void> matched = check_signature(head, proof, proof.payload_hash);
    if (!matched) return matched.error();
    proof.signature_checked = true;
  }
  return proof;
}

Outcome<void> Verifier::finish(const HttpRequest& head, const Proof& proof, std::string_view body_sha256) {
  std::string computed = to_hex(body_sha256);
  if (!proof.signature_checked) return check_signature(head, proof, computed);
  if (proof.payload == Payload::hashed && computed != proof.payload_hash) {
    return refusal::payload_hash_mismatch(proof.payload_hash, computed);
  }
  return {};
}

Outcome<void> Verifier::check_signature(const HttpRequest& head, const Proof& proof,
                                        std::string_view payload_hash) const {
  std::string canonical = canonical_request(head, proof.claim, payload_hash);
  std::string text = string_to_sign(proof.claim, canonical);
  std::string expected = to_hex(hmac_sha256(proof.signing_key, text));
  if (equal_in_constant_time(expected, proof.claim.signature)) return {};
  return refusal::mismatch(proof.family, proof.claim, canonical, text);
}

std::string Verifier::signing_key(const access::Credential& credential, const Claim& claim) {
  std::string name = credential.keys.secret + "/" + claim.scope();
  {
    std::shared_lock lock(mutex_);
    auto found = signing_keys_.find(name);
    if (found != signing_keys_.end()) return found->second;
  }
  std::string key = derive_signing_key(credential.keys.secret, claim);
  std::unique_lock lock(mutex_);
  // Sessions come and go; starting over is cheaper than keeping an order of use.
  if (signing_keys_.size() >= signing_keys_max) signing_keys_.clear();
  signing_keys_.emplace(std::move(name), key);
  return key;
}

}  // namespace penstock::aws::sigv4
