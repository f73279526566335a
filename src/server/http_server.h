// HttpServer: HTTP/1.1 for handlers that know nothing of sockets. A few I/O threads, each with its own event loop and
// its own connections; no lock and no thread per connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/protocol/http.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/outcome.h"
#include "server/worker_pool.h"

namespace penstock::server {

// Sends the answer. Called exactly once, from any thread.
using Answer = std::function<void(aws::HttpResponse)>;

// One request under way. Called by one thread at a time.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // False: the request was refused by its headers; its body is neither invited nor read, `finish` comes at once.
  virtual bool wants_body() const = 0;
  // True: `body` and `finish` wait for the disk and run on worker threads.
  virtual bool blocks() const = 0;
  // The next bytes of the body, transfer encoding removed. They stay until the next call of `body` has returned or the
  // exchange has answered or gone, so that it may go on with them meanwhile. After false no more come, and `finish` is
  // called.
  virtual bool body(std::string_view bytes) = 0;
  // All of the body is here. The exchange lives until `answer` was called.
  virtual void finish(Answer answer) = 0;
};

class Handler {
 public:
  virtual ~Handler() = default;
  // The headers of a request have come. `content_length` in bytes; none when the client does not say (chunked).
  virtual std::unique_ptr<Exchange> begin(aws::HttpRequest head, std::optional<uint64_t> content_length) = 0;
};

class HttpServer {
 public:
  struct Options {
    std::string bind = "127.0.0.1";
    uint16_t port = 0;  // 0: any free one
    int threads = 2;
    size_t connections_max = limits::connections_max;
    // A client must send its headers, go on with its body, go on reading the answer, or start another request, within:
    int header_seconds = 20;
    int progress_seconds = 60;
    int idle_seconds = 120;
    int drain_seconds = 10;  // how long `drain` waits for requests under way
  };

  // Takes the port; connections wait until `serve`. `clock` is the wall clock of the Date header. Error: ListenFailed,
  // with the reason.
  static Outcome<std::unique_ptr<HttpServer>> listen(Options options, WorkerPool& workers, Disk& disk,
                                                     const Clock& clock, Log& log);
  virtual ~HttpServer() = default;
  virtual uint16_t port() const = 0;
  // Answers from now on. Once.
  virtual void serve(Handler& handler) = 0;
  // Takes no more connections, lets requests under way finish, closes. Returns when all are closed or the time is over.
  virtual void drain() = 0;
  // Ends the I/O threads; answers given later are dropped.
  virtual void stop() = 0;
};

}  // namespace penstock::server
