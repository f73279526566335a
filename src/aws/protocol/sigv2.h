// Signature Version 2 of presigned S3 URLs, which boto3 still makes unless it is told otherwise ("Signing and
// authenticating REST requests", S3 developer guide). Nothing else may be signed this way.
#pragma once

#include "aws/protocol/sigv4.h"

namespace penstock::aws::sigv4 {

// AWSAccessKeyId, Signature and Expires of the query. Error: what refusal.h says for Signature Version 2 when it is not
// for S3, AccessDenied when one of the three is missing.
Outcome<Claim> read_version_2_claim(const HttpRequest& request, Family family);
// Checks date and signature; the payload is not signed.
Outcome<Proof> check_version_2(const HttpRequest& head, const Claim& claim, const access::Credential& credential,
                               Time now);
// What is signed. `resource` is the path as sent, with the bucket in front when the host names it.
std::string version_2_text(const HttpRequest& request, int64_t expires, const std::string& resource);

}  // namespace penstock::aws::sigv4
