#include "aws/protocol/signature.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"

namespace penstock::aws::sigv4 {

namespace {

// The path of all services but S3: "." and ".." and empty segments resolved, then encoded a second time.
std::string normalized_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
      continue;
    }
    kept.push_back(part);
  }
  std::string out;
  for (std::string_view part : kept) out.append("/").append(part);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::pair<std::string, std::string>> parameters;
  for (std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    size_t equals = part.find('=');
    std::string_view name = part.substr(0, equals);
    if (name == "X-Amz-Signature") continue;
    std::string_view value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    parameters.emplace_back(uri_encode(uri_decode(name, true)), uri_encode(uri_decode(value, true)));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

// Trimmed, runs of spaces as one.
void append_header_value(std::string& out, std::string_view value) {
  char last = 0;
  for (char c : trim(value)) {
    if (c == ' ' && last == ' ') continue;
    out += c;
    last = c;
  }
}

void append_canonical_headers(std::string& out, const HttpRequest& request, std::string_view signed_headers) {
  for (std::string_view wanted : split(signed_headers, ';')) {
    out.append(wanted).append(":");
    bool first = true;
    for (const auto& [name, value] : request.headers) {
      if (name != wanted) continue;
      if (!first) out += ',';
      append_header_value(out, value);
      first = false;
    }
    out += '\n';
  }
}

}  // namespace

std::string derive_signing_key(std::string_view secret, const Claim& claim) {
  std::string key = "AWS4";
  key.append(secret);
  for (std::string_view part : {std::string_view(claim.date), std::string_view(claim.region),
                                std::string_view(claim.service), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, part);
  }
  return key;
}

std::string canonical_request(const HttpRequest& request, const Claim& claim, std::string_view payload_hash) {
  std::string out;
  out.reserve(1'024);
  out.append(request.method).append("\n");
  // S3 encodes the path once whatever the client escaped; other services encode what is on the wire again.
  if (claim.service == "s3") {
    out.append(uri_encode(uri_decode(request.path), true));
  } else {
    out.append(uri_encode(normalized_path(request.path), true));
  }
  out.append("\n").append(canonical_query(request.query)).append("\n");
  append_canonical_headers(out, request, claim.signed_headers);
  out.append("\n").append(claim.signed_headers).append("\n").append(payload_hash);
  return out;
}

std::string string_to_sign(const Claim& claim, std::string_view canonical) {
  std::string out(algorithm_name);
  out.append("\n")
      .append(claim.timestamp)
      .append("\n")
      .append(claim.scope())
      .append("\n")
      .append(sha256_hex(canonical));
  return out;
}

void sign(HttpRequest& request, const Signer& signer, Time now, std::string_view body_sha256) {
  std::string hash = body_sha256.empty() ? sha256_hex(request.body.bytes) : std::string(body_sha256);
  request.headers.emplace_back("x-amz-date", to_amz_date(now));
  if (signer.service == "s3") request.headers.emplace_back("x-amz-content-sha256", hash);
  if (!signer.session_token.empty()) request.headers.emplace_back("x-amz-security-token", signer.session_token);

  Claim claim;
  claim.timestamp = to_amz_date(now);
  claim.date = claim.timestamp.substr(0, 8);
  claim.region = signer.region;
  claim.service = signer.service;
  std::vector<std::string> names;
  for (const auto& [name, value] : request.headers) names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names)
    claim.signed_headers.append(claim.signed_headers.empty() ? "" : ";").append(name);

  std::string key = derive_signing_key(signer.keys.secret, claim);
  std::string text = string_to_sign(claim, canonical_request(request, claim, hash));
  std::string authorization(algorithm_name);
  authorization.append(" Credential=").append(signer.keys.access_key).append("/").append(claim.scope());
  authorization.append(", SignedHeaders=").append(claim.signed_headers);
  authorization.append(", Signature=").append(to_hex(hmac_sha256(key, text)));
  request.headers.emplace_back("authorization", std::move(authorization));
}

}  // namespace penstock::aws::sigv4
