// WaitSignal: a PUT to the address of a stack's wait condition handle. It comes unsigned, from a machine or a job that
// has no keys: the secret in the address is what allows it, as the signature of S3's presigned URL on AWS.
#pragma once

#include <memory>

#include "aws/context.h"
#include "server/http_server.h"

namespace penstock::server {

// Whether the request goes to such an address.
bool is_wait_signal(const aws::HttpRequest& head);

// Takes the signal; the answer is empty once it is durable, else XML as S3's errors.
std::unique_ptr<Exchange> begin_wait_signal(aws::Platform& platform, aws::HttpRequest head);

}  // namespace penstock::server
