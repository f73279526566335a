#include "server/http_server.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "server/connection.h"

namespace penstock::server {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view too_many_connections =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

// An exception that leaves a coroutine is a lack of memory or a bug; it ends that connection, not the server.
void report(Log& log, const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log.write(Log::Level::error, "a connection failed", {{"reason", error.what()}});
  }
}

class AsioServer final : public HttpServer {
 public:
  AsioServer(Options options, WorkerPool& workers, Disk& disk, const Clock& clock, Log& log)
      : shared_{std::move(options), nullptr, workers, disk, clock, log} {
    for (int i = 0; i < shared_.options.threads; ++i) loops_.push_back(std::make_shared<Loop>(shared_));
    acceptor_ = std::make_unique<tcp::acceptor>(loops_.front()->context);
  }
  ~AsioServer() override { stop(); }

  Outcome<void> bind_port() {
    boost::system::error_code failure;
    auto address = asio::ip::make_address(shared_.options.bind, failure);
    if (failure) return Error{"ListenFailed", "'" + shared_.options.bind + "' is not an IP address to bind to"};
    tcp::endpoint endpoint(address, shared_.options.port);
    acceptor_->open(endpoint.protocol(), failure);
    if (!failure) acceptor_->set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor_->bind(endpoint, failure);
    if (!failure) acceptor_->listen(tcp::acceptor::max_listen_connections, failure);
    if (failure) {
      return Error{"ListenFailed", "cannot listen on " + shared_.options.bind + ":" +
                                       std::to_string(shared_.options.port) + ": " + failure.message() +
                                       "; choose another with --port (0 = any free one)"};
    }
    port_ = acceptor_->local_endpoint().port();
    return {};
  }

  uint16_t port() const override { return port_; }

  void serve(Handler& handler) override {
    shared_.handler = &handler;
    asio::co_spawn(loops_.front()->context, accept_all(), [this](std::exception_ptr e) { report(shared_.log, e); });
    for (auto& loop : loops_) {
      loop->date = to_http_date(shared_.clock.now());
      asio::co_spawn(loop->context, tick(*loop), asio::detached);
      loop->thread = std::thread([loop] { loop->context.run(); });
    }
  }

  void drain() override {
    for (auto& loop : loops_) {
      asio::post(loop->context, [this, loop = loop.get()] {
        if (loop == loops_.front().get()) {
          boost::system::error_code ignored;
          acceptor_->close(ignored);
        }
        loop->draining = true;
        for (Connection* connection : loop->connections) connection->close_if_idle();
      });
    }
    std::unique_lock lock(mutex_);
    all_closed_.wait_for(lock, std::chrono::seconds(shared_.options.drain_seconds),
                         [this] { return shared_.connections.load() == 0; });
  }

  void stop() override {
    for (auto& loop : loops_) loop->context.stop();
    for (auto& loop : loops_) {
      if (loop->thread.joinable()) loop->thread.join();
    }
    // With them go the connections that were still open, while what their requests use is there.
    acceptor_.reset();
    loops_.clear();
  }

 private:
  asio::awaitable<void> accept_all() {
    asio::steady_timer pause(loops_.front()->context);
    for (size_t next = 0; acceptor_->is_open(); next = (next + 1) % loops_.size()) {
      Loop& loop = *loops_[next];
      auto [failure, socket] = co_await acceptor_->async_accept(loop.context, completion);
      if (failure == asio::error::operation_aborted) co_return;
      if (failure) {
        // No descriptors left, most likely: wait for some to be given back.
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(completion);
        continue;
      }
      if (shared_.connections.load() >= shared_.options.connections_max) {
        boost::system::error_code ignored;
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(too_many_connections.data(), too_many_connections.size()), ignored);
        continue;
      }
      shared_.connections.fetch_add(1);
      auto connection = std::make_shared<Connection>(loop, std::move(socket));
      asio::co_spawn(
          loop.context, [connection] { return connection->run(); },
          [this, &loop, connection](std::exception_ptr e) {
            report(shared_.log, e);
            loop.connections.erase(connection.get());
            std::lock_guard lock(mutex_);
            shared_.connections.fetch_sub(1);
            all_closed_.notify_all();
          });
    }
  }

  asio::awaitable<void> tick(Loop& loop) {
    while (true) {
      loop.ticker.expires_after(std::chrono::seconds(1));
      co_await loop.ticker.async_wait(completion);
      ++loop.tick;
      loop.date = to_http_date(shared_.clock.now());
      for (Connection* connection : loop.connections) connection->close_if_late(loop.tick);
    }
  }

  Shared shared_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable all_closed_;
};

}  // namespace

Outcome<std::unique_ptr<HttpServer>> HttpServer::listen(Options options, WorkerPool& workers, Disk& disk,
                                                        const Clock& clock, Log& log) {
  auto server = std::make_unique<AsioServer>(std::move(options), workers, disk, clock, log);
  Outcome<void> listening = server->bind_port();
  if (!listening) return listening.error();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace penstock::server
