#include "base/network.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace penstock {

namespace {

Error network_error(const std::string& peer, const char* what) {
  return Error{"NetworkError", fmt::format("{}: {}", peer, what), 503};
}

class Socket final : public Network::Connection {
 public:
  Socket(int descriptor, std::string peer) : descriptor_(descriptor), peer_(std::move(peer)) {}
  ~Socket() override { close(descriptor_); }

  Outcome<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return network_error(peer_, std::strerror(errno));
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Outcome<size_t> read(char* buffer, size_t size) override {
    while (true) {
      const ssize_t received = recv(descriptor_, buffer, size, 0);
      if (received >= 0) return static_cast<size_t>(received);
      if (errno != EINTR) return network_error(peer_, std::strerror(errno));
    }
  }

 private:
  int descriptor_;
  std::string peer_;
};

}  // namespace

Outcome<std::unique_ptr<Network::Connection>> SystemNetwork::connect(const std::string& host, uint16_t port) {
  const std::string peer = fmt::format("{}:{}", host, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  if (const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &addresses)) {
    return network_error(peer, gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(addresses, freeaddrinfo);
  int problem = 0;
  for (const addrinfo* address = addresses; address; address = address->ai_next) {
    const int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      problem = errno;
      continue;
    }
    if (::connect(descriptor, address->ai_addr, address->ai_addrlen) == 0) {
      const int on = 1;
      setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return std::unique_ptr<Network::Connection>(std::make_unique<Socket>(descriptor, peer));
    }
    problem = errno;
    close(descriptor);
  }
  return network_error(peer, std::strerror(problem));
}

}  // namespace penstock
