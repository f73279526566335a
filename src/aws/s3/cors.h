// CORS: what browsers are told about requests from pages of other origins. Source: "Using cross-origin resource sharing
// (CORS)", Amazon S3 user guide; Fetch standard, section "CORS protocol".
#pragma once

#include <string_view>

#include "aws/context.h"
#include "aws/protocol/http.h"

namespace penstock::aws::s3 {

// The answer to a preflight (OPTIONS) request for the bucket. `request_id` goes into an error.
HttpResponse answer_preflight(Platform& platform, const HttpRequest& request, std::string_view bucket,
                              std::string_view request_id);

// Adds what the bucket's configuration says about a request from its Origin to the answer to it; nothing without one.
void add_cors_headers(Platform& platform, std::string_view method, std::string_view origin, std::string_view bucket,
                      HttpResponse& response);

}  // namespace penstock::aws::s3
