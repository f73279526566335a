// The AWS query protocol: form-encoded requests ("Tags.member.1.Key=a"), XML responses.
#pragma once

#include "aws/protocol/codec.h"

namespace penstock::aws {

// The Action parameter of the query string or of the form in the body; empty when there is none.
std::string query_action(const HttpRequest& request);

Outcome<void> read_query(const OperationModel& operation, const HttpRequest& request, void* input);
HttpResponse write_query(const Exchange& exchange, const OperationModel& operation, const void* output);
HttpResponse write_query_error(const Exchange& exchange, const Error& error);

}  // namespace penstock::aws
