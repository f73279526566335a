// Connection: one client's connection, as a coroutine on the event loop of its I/O thread. Requests are answered in the
// order they come, one at a time; bytes of a next one wait in the buffer.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>

#include "server/http_server.h"
#include "server/receive_buffer.h"
#include "server/request_parser.h"

namespace penstock::server {

class Connection;

// What all connections of a server share.
struct Shared {
  HttpServer::Options options;
  Handler* handler;  // set before the loops run
  WorkerPool& workers;
  Disk& disk;
  const Clock& clock;
  Log& log;
  std::atomic<size_t> connections{0};
};

// One I/O thread: its event loop and its connections. All but `context` is touched on its own thread only. What waits
// in `context` (coroutines, connections) refers to the loop without holding it, else neither would ever go; who may
// outlive the server holds it.
struct Loop : std::enable_shared_from_this<Loop> {
  explicit Loop(Shared& the_shared) : shared(the_shared), ticker(context) {}

  Shared& shared;
  boost::asio::io_context context{1};
  boost::asio::steady_timer ticker;
  std::thread thread;
  std::unordered_set<Connection*> connections;
  uint64_t tick = 0;  // seconds since the start, by the ticker: deadlines cost no timer of their own
  std::string date;   // of the Date header, made anew each second
  bool draining = false;
};

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, boost::asio::ip::tcp::socket socket);
  // Serves requests until the client or a limit ends the connection. On the loop's thread.
  boost::asio::awaitable<void> run();
  // Closes when the deadline is over, or at once when `idle_only` and no request is under way.
  void close_if_late(uint64_t tick);
  void close_if_idle();
  void close();

 private:
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  enum class Next { go_on, close };
  // Work that a worker has; touched on the loop's thread only.
  struct HandOver {
    bool done = false;
    std::function<void()> when_done;
  };

  Awaitable<bool> read_head(RequestParser& parser);
  Awaitable<Next> serve(RequestParser& parser);
  Awaitable<bool> read_body(RequestParser& parser, Exchange& exchange);
  Awaitable<bool> spool_body(RequestParser& parser, Exchange& exchange);
  void turn_buffers();
  Awaitable<bool> read_ahead(uint64_t left, const HandOver& working);
  Awaitable<bool> discard_body(RequestParser& parser);
  Awaitable<aws::HttpResponse> answer_of(Exchange& exchange);
  Awaitable<bool> write(std::string_view first, std::string_view second = {});
  Awaitable<bool> send(const aws::HttpResponse& response, bool is_head, bool keep);
  Awaitable<bool> send_file(const aws::FileRange& range, File& file);
  Awaitable<bool> copy_file(const aws::FileRange& range, File& file);
  Awaitable<void> refuse(int status, std::string_view text);
  Awaitable<void> linger();
  Awaitable<size_t> fill(size_t room);
  std::shared_ptr<HandOver> hand_over(std::function<void()> work);
  Awaitable<void> finished(std::shared_ptr<HandOver> working);

  std::string_view buffered() const { return buffer_.bytes(); }
  void set_deadline(int seconds) { deadline_ = loop_.tick + static_cast<uint64_t>(seconds) + 1; }

  Loop& loop_;
  boost::asio::ip::tcp::socket socket_;
  std::string remote_address_;
  ReceiveBuffer buffer_;
  ReceiveBuffer ahead_;   // what comes while a worker has `buffer_`
  ReceiveBuffer behind_;  // what the worker had before: the exchange may still use it
  uint64_t deadline_ = UINT64_MAX;
  bool idle_ = true;  // no byte of a request has come
};

}  // namespace penstock::server
