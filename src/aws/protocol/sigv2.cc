#include "aws/protocol/sigv2.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "aws/protocol/sigv4_refusal.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace penstock::aws::sigv4 {

namespace {

// Query parameters that say what is asked for, and so are signed.
constexpr std::string_view signed_parameters[] = {"accelerate",
                                                  "acl",
                                                  "analytics",
                                                  "cors",
                                                  "delete",
                                                  "encryption",
                                                  "inventory",
                                                  "legal-hold",
                                                  "lifecycle",
                                                  "location",
                                                  "logging",
                                                  "metrics",
                                                  "notification",
                                                  "object-lock",
                                                  "partNumber",
                                                  "policy",
                                                  "publicAccessBlock",
                                                  "replication",
                                                  "requestPayment",
                                                  "response-cache-control",
                                                  "response-content-disposition",
                                                  "response-content-encoding",
                                                  "response-content-language",
                                                  "response-content-type",
                                                  "response-expires",
                                                  "restore",
                                                  "retention",
                                                  "select",
                                                  "select-type",
                                                  "tagging",
                                                  "torrent",
                                                  "uploadId",
                                                  "uploads",
                                                  "versionId",
                                                  "versioning",
                                                  "versions",
                                                  "website"};

bool is_signed(std::string_view name) {
  return std::find(std::begin(signed_parameters), std::end(signed_parameters), name) != std::end(signed_parameters);
}

}  // namespace

Outcome<Claim> read_version_2_claim(const HttpRequest& request, Family family) {
  if (family != Family::s3) return refusal::signature_version_2(family);
  Claim claim;
  claim.place = Claim::Place::query;
  claim.version_2 = true;
  claim.region = "us-east-1";
  claim.service = "s3";
  std::string expires;
  for (auto& [name, value] : request.query_parameters()) {
    if (name == "AWSAccessKeyId") claim.access_key = value;
    if (name == "Signature") claim.signature = value;
    if (name == "Expires") expires = value;
    if (name == "x-amz-security-token") claim.session_token = value;
  }
  auto [end, failure] = std::from_chars(expires.data(), expires.data() + expires.size(), claim.expires_seconds);
  if (claim.access_key.empty() || claim.signature.empty() || failure != std::errc{} ||
      end != expires.data() + expires.size()) {
    return Error{"AccessDenied",
                 "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters", 403};
  }
  return claim;
}

std::string version_2_text(const HttpRequest& request, int64_t expires, const std::string& resource) {
  std::map<std::string, std::string> amz_headers;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string content_md5(request.header("content-md5"));
  std::string content_type(request.header("content-type"));
  for (const auto& [name, value] : request.headers) {
    if (name.starts_with("x-amz-")) amz_headers[name] = trim(value);
  }
  // What the signer meant to be headers may come as parameters.
  for (auto& [name, value] : request.query_parameters()) {
    std::string lower = to_lower(name);
    if (lower.starts_with("x-amz-")) amz_headers[lower] = trim(value);
    if (lower == "content-md5") content_md5 = value;
    if (lower == "content-type") content_type = value;
    if (is_signed(name)) parameters.emplace_back(name, value);
  }
  std::sort(parameters.begin(), parameters.end());
  std::string text = request.method + "\n" + content_md5 + "\n" + content_type + "\n" + std::to_string(expires) + "\n";
  for (const auto& [name, value] : amz_headers) text.append(name).append(":").append(value).append("\n");
  text += resource;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    text.append(1, separator).append(name);
    if (!value.empty()) text.append("=").append(value);
    separator = '&';
  }
  return text;
}

Outcome<Proof> check_version_2(const HttpRequest& head, const Claim& claim, const access::Credential& credential,
                               Time now) {
  Time expiry{claim.expires_seconds * 1'000'000};
  if (expiry < now) {
    return Error{"AccessDenied",
                 "Request has expired",
                 403,
                 {{"Expires", to_iso8601_seconds(expiry)}, {"ServerTime", to_iso8601_seconds(now)}}};
  }
  auto matches = [&](const std::string& resource) {
    std::string text = version_2_text(head, claim.expires_seconds, resource);
    return equal_in_constant_time(to_base64(hmac_sha1(credential.keys.secret, text)), claim.signature);
  };
  // "bucket.s3.localhost/key" is signed as "/bucket/key".
  std::string_view host = head.header("host");
  std::string in_bucket = "/" + std::string(host.substr(0, host.find('.'))) + head.path;
  if (!matches(head.path) && !matches(in_bucket)) {
    return refusal::mismatch(Family::s3, claim, {}, version_2_text(head, claim.expires_seconds, head.path));
  }
  Proof proof;
  proof.caller = {credential.identity.account, credential.identity.arn, credential.identity.user_id, claim.access_key};
  proof.claim = claim;
  proof.family = Family::s3;
  proof.payload = Payload::unsigned_payload;
  proof.payload_hash = "UNSIGNED-PAYLOAD";
  proof.signature_checked = true;
  return proof;
}

}  // namespace penstock::aws::sigv4
