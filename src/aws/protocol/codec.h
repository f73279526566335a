// HTTP requests to structs, structs and errors to HTTP responses, for each wire protocol.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/protocol/http.h"
#include "aws/protocol/shape.h"
#include "base/outcome.h"

namespace penstock::aws {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

// What a response needs to know of its request.
struct Exchange {
  Protocol protocol = Protocol::json_1_0;
  const ServiceModel* service = nullptr;  // nullptr when the request's service is unknown
  std::string request_id;
  std::string method;
  std::string content_type;  // of the request
  std::string path;          // of the request, for S3's error document
  std::string query_mode;    // x-amzn-query-mode: errors carry the code of the query protocol
};

Exchange make_exchange(Protocol protocol, const ServiceModel* service, const HttpRequest& request,
                       std::string_view request_id);

// Fills `input`, described by the operation's input shape, and checks constraints. The body is moved out of `request`.
Outcome<void> read_request(Protocol protocol, const OperationModel& operation, HttpRequest& request,
                           const Labels& labels, void* input);

// `output` is described by the operation's output shape; its streams are moved out.
HttpResponse write_response(const Exchange& exchange, const OperationModel& operation, void* output);

HttpResponse write_error(const Exchange& exchange, const Error& error);

// The HTTP status of an error: its own unless that is the default, else the model's.
int error_status(const ServiceModel* service, const Error& error);

}  // namespace penstock::aws
