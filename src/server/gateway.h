// Gateway: an HTTP request as an AWS call. By its headers: whose call, which operation, is the signature right as far
// as headers say; then its body; then the rest of the signature; then the handler; and the answer when all that was
// written so far is durable.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/context.h"
#include "aws/protocol/front.h"
#include "aws/protocol/sigv4.h"
#include "server/http_server.h"
#include "server/worker_pool.h"

namespace penstock::server {

class Gateway final : public Handler {
 public:
  struct Options {
    std::string spool_folder;  // for large bodies under way
  };
  Gateway(aws::Platform& platform, const aws::Front& front, WorkerPool& workers, Options options);

  std::unique_ptr<Exchange> begin(aws::HttpRequest head, std::optional<uint64_t> content_length) override;

 private:
  class CallExchange;

  aws::Platform& platform_;
  const aws::Front& front_;
  WorkerPool& workers_;
  Options options_;
  aws::sigv4::Verifier verifier_;
};

}  // namespace penstock::server
