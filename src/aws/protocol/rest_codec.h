// The REST protocols: members travel in the path, the query string, headers, and a body in JSON or XML.
#pragma once

#include "aws/protocol/codec.h"

namespace penstock::aws {

Outcome<void> read_rest(Protocol protocol, const OperationModel& operation, HttpRequest& request, const Labels& labels,
                        void* input);
HttpResponse write_rest(const Exchange& exchange, const OperationModel& operation, void* output);
// S3's form: <Error> with RequestId and HostId. An answer to HEAD and a 304 have no body.
HttpResponse write_s3_error(const Exchange& exchange, const Error& error);

}  // namespace penstock::aws
