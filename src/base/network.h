// Network: the client side of a TCP connection, blocking, for the command line and tests. (The server side is Asio's,
// behind server/http_server.h.)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock {

class Network {
 public:
  class Connection {
   public:
    virtual ~Connection() = default;
    virtual Outcome<void> write(std::string_view bytes) = 0;      // all of it
    virtual Outcome<size_t> read(char* buffer, size_t size) = 0;  // 0 when the peer closed
  };
  virtual ~Network() = default;
  // Errors: code "NetworkError" naming host, port and what the system said.
  virtual Outcome<std::unique_ptr<Connection>> connect(const std::string& host, uint16_t port) = 0;
};

class SystemNetwork final : public Network {
 public:
  Outcome<std::unique_ptr<Connection>> connect(const std::string& host, uint16_t port) override;
};

}  // namespace penstock
