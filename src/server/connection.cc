#include "server/connection.h"

#include <sys/sendfile.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "server/response_text.h"

namespace penstock::server {

namespace asio = boost::asio;

namespace {

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr size_t buffer_bytes = 16 * 1024;           // of a connection between requests
constexpr size_t body_buffer_bytes = 64 * 1024;      // while a body comes into memory
constexpr size_t spool_buffer_bytes = 512 * 1024;    // while a body goes to a file, a thread hand-over each
constexpr size_t joined_body_bytes_max = 16 * 1024;  // a smaller body is sent from one buffer with the headers
constexpr size_t small_file_bytes_max = 64 * 1024;   // a smaller file is read and sent with the headers
constexpr size_t sendfile_bytes_max = 1024 * 1024;   // a turn, before other connections get theirs
constexpr size_t discarded_bytes_max = 1024 * 1024;  // of a refused request's body, to keep the connection
constexpr size_t lingering_bytes_max = 64 * 1024 * 1024;
constexpr int linger_seconds = 5;

}  // namespace

Connection::Connection(Loop& loop, asio::ip::tcp::socket socket) : loop_(loop), socket_(std::move(socket)) {}

void Connection::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Connection::close_if_late(uint64_t tick) {
  if (tick > deadline_) close();
}

void Connection::close_if_idle() {
  if (idle_) close();
}

// Reads what the client has sent, at most `room` bytes; 0 when the connection has ended.
asio::awaitable<size_t> Connection::fill(size_t room) {
  buffer_.make_room(room, buffer_bytes);
  auto [failure, count] =
      co_await socket_.async_read_some(asio::buffer(buffer_.free_begin(), buffer_.free_size()), completion);
  if (failure) co_return 0;
  buffer_.added(count);
  co_return count;
}

asio::awaitable<void> Connection::run() {
  std::shared_ptr<Connection> self = shared_from_this();
  loop_.connections.insert(this);
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  auto remote = socket_.remote_endpoint(ignored);
  if (!ignored) remote_address_ = remote.address().to_string();
  while (socket_.is_open()) {
    RequestParser parser(limits::request_header_bytes_max);
    bool complete = co_await read_head(parser);
    if (!complete) break;
    Next next = co_await serve(parser);
    if (next == Next::close || loop_.draining) break;
    if (buffer_.capacity() > buffer_bytes && buffer_.empty()) buffer_.free_memory();
    ahead_.free_memory();
    behind_.free_memory();
  }
  close();
  loop_.connections.erase(this);
}

asio::awaitable<bool> Connection::read_head(RequestParser& parser) {
  idle_ = buffered().empty();
  set_deadline(idle_ ? loop_.shared.options.idle_seconds : loop_.shared.options.header_seconds);
  while (true) {
    if (!buffered().empty()) {
      if (idle_) set_deadline(loop_.shared.options.header_seconds);
      idle_ = false;
      buffer_.consume(parser.feed(buffered(), [](std::string_view) {}));
      if (parser.headers_done()) co_return true;
      if (parser.failure() != RequestParser::Failure::none) {
        bool too_large = parser.failure() == RequestParser::Failure::headers_too_large;
        co_await refuse(too_large ? 431 : 400,
                        too_large ? "The request's headers are too large.\n" : "This is not an HTTP request.\n");
        co_return false;
      }
    }
    size_t count = co_await fill(buffer_bytes / 2);
    if (count == 0) co_return false;
  }
}

asio::awaitable<Connection::Next> Connection::serve(RequestParser& parser) {
  const bool expects_continue = parser.expects_continue() && !parser.done();
  aws::HttpRequest head = parser.take_head();
  head.remote_address = remote_address_;
  const bool is_head = head.method == "HEAD";
  std::optional<uint64_t> length = parser.content_length();
  if (!length && !parser.chunked()) length = 0;
  std::unique_ptr<Exchange> exchange = loop_.shared.handler->begin(std::move(head), length);

  bool whole = parser.done();
  if (!whole && exchange->wants_body()) {
    if (expects_continue) {
      bool invited = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
      if (!invited) co_return Next::close;
    }
    bool read = exchange->blocks() ? co_await spool_body(parser, *exchange) : co_await read_body(parser, *exchange);
    if (!read) co_return Next::close;
    whole = parser.done();
  }
  // A refused body is read and dropped when it is short, so that the connection can go on.
  if (!whole && !expects_continue && parser.body_bytes_left() <= discarded_bytes_max)
    whole = co_await discard_body(parser);

  deadline_ = UINT64_MAX;  // the handler's time is its own
  aws::HttpResponse response = co_await answer_of(*exchange);
  const bool keep = whole && parser.keep_alive() && !loop_.draining;
  bool sent = co_await send(response, is_head, keep);
  if (!sent) co_return Next::close;
  if (!keep) co_await linger();
  co_return keep ? Next::go_on : Next::close;
}

// False when the connection ended before the body did. A body that the exchange refuses is left where it is.
asio::awaitable<bool> Connection::read_body(RequestParser& parser, Exchange& exchange) {
  bool wanted = true;
  while (true) {
    set_deadline(loop_.shared.options.progress_seconds);
    if (!buffered().empty()) {
      buffer_.consume(
          parser.feed(buffered(), [&](std::string_view piece) { wanted = wanted && exchange.body(piece); }));
      if (parser.failure() != RequestParser::Failure::none) co_return false;
      if (parser.done() || !wanted) co_return true;
    }
    uint64_t least = std::clamp<uint64_t>(parser.body_bytes_left(), 1024, body_buffer_bytes);
    size_t count = co_await fill(static_cast<size_t>(least));
    if (count == 0) co_return false;
  }
}

// The same for an exchange that blocks: a worker has the bytes that came while the next ones come into a second buffer.
asio::awaitable<bool> Connection::spool_body(RequestParser& parser, Exchange& exchange) {
  bool wanted = true;
  while (!parser.done() && wanted) {
    set_deadline(loop_.shared.options.progress_seconds);
    if (buffer_.empty()) {
      uint64_t least = std::clamp<uint64_t>(parser.body_bytes_left(), 1024, spool_buffer_bytes);
      size_t count = co_await fill(static_cast<size_t>(least));
      if (count == 0) co_return false;
    }
    // Of a body whose length is not known, nothing may be left to wait for.
    uint64_t left = parser.body_bytes_left();
    left = left == UINT64_MAX ? 0 : left - std::min<uint64_t>(left, buffered().size());
    std::shared_ptr<HandOver> working = hand_over([&] {
      buffer_.consume(
          parser.feed(buffered(), [&](std::string_view piece) { wanted = wanted && exchange.body(piece); }));
    });
    bool connected = co_await read_ahead(left, *working);
    co_await finished(working);
    if (!connected || parser.failure() != RequestParser::Failure::none) co_return false;
    const bool all_parsed = buffer_.empty();
    turn_buffers();
    if (!all_parsed && !parser.done()) {
      size_t count =
          co_await fill(1024);  // the parser wants more behind what is left, such as the rest of a chunk's size
      if (count == 0) co_return false;
    }
  }
  co_return true;
}

// `ahead_` becomes `buffer_`, whose memory stays as it is through another turn. What the parser has left of `buffer_`
// is copied: a chunk's size, or the start of the next request; then nothing was read ahead, which needs to be body.
void Connection::turn_buffers() {
  const std::string_view left = buffer_.bytes();
  if (!left.empty()) {
    PENSTOCK_ASSERT(ahead_.empty());
    ahead_.make_room(left.size(), buffer_bytes);
    std::memcpy(ahead_.free_begin(), left.data(), left.size());
    ahead_.added(left.size());
  }
  std::swap(behind_, buffer_);
  std::swap(buffer_, ahead_);
  ahead_.clear();
}

// Reads the next bytes of a body, of which `left` are still to come, into `ahead_`: as many as one hand-over should
// carry, but not waiting for more when `working` is done. False when the connection has ended.
asio::awaitable<bool> Connection::read_ahead(uint64_t left, const HandOver& working) {
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(left, spool_buffer_bytes));
  ahead_.make_room(wanted, wanted);
  while (ahead_.bytes().size() < wanted) {
    boost::system::error_code failure;
    size_t room = wanted - ahead_.bytes().size();
    size_t count = socket_.read_some(asio::buffer(ahead_.free_begin(), room), failure);
    if (failure == asio::error::would_block) {
      if (working.done && !ahead_.empty()) co_return true;
      auto [wait_failure] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, completion);
      if (wait_failure) co_return false;
      continue;
    }
    if (failure || count == 0) co_return false;
    ahead_.added(count);
  }
  co_return true;
}

asio::awaitable<bool> Connection::discard_body(RequestParser& parser) {
  set_deadline(loop_.shared.options.progress_seconds);
  while (true) {
    buffer_.consume(parser.feed(buffered(), [](std::string_view) {}));
    if (parser.done()) co_return true;
    if (parser.failure() != RequestParser::Failure::none) co_return false;
    size_t count = co_await fill(body_buffer_bytes);
    if (count == 0) co_return false;
  }
}

// Gives `work` to a worker. What it uses must stay until `finished`.
std::shared_ptr<Connection::HandOver> Connection::hand_over(std::function<void()> work) {
  auto working = std::make_shared<HandOver>();
  loop_.shared.workers.post([loop = loop_.shared_from_this(), working, work = std::move(work)] {
    work();
    asio::post(loop->context, [working] {
      working->done = true;
      if (working->when_done) working->when_done();
    });
  });
  return working;
}

asio::awaitable<void> Connection::finished(std::shared_ptr<HandOver> working) {
  if (working->done) co_return;
  auto start = [&working](auto handler) {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    working->when_done = [resume] { std::move (*resume)(); };
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
}

asio::awaitable<aws::HttpResponse> Connection::answer_of(Exchange& exchange) {
  auto start = [this, &exchange](auto handler) {
    auto done = std::make_shared<decltype(handler)>(std::move(handler));
    Answer answer = [loop = loop_.shared_from_this(), done](aws::HttpResponse response) {
      auto held = std::make_shared<aws::HttpResponse>(std::move(response));
      asio::post(loop->context, [done, held] { std::move (*done)(std::move(*held)); });
    };
    if (exchange.blocks()) {
      loop_.shared.workers.post([&exchange, answer = std::move(answer)] { exchange.finish(answer); });
    } else {
      exchange.finish(std::move(answer));
    }
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(aws::HttpResponse)>(start,
                                                                                                  asio::use_awaitable);
}

asio::awaitable<bool> Connection::write(std::string_view first, std::string_view second) {
  // In pieces, so that a slow reader who does go on reading is not taken for a dead one.
  while (!first.empty() || !second.empty()) {
    set_deadline(loop_.shared.options.progress_seconds);
    std::array<asio::const_buffer, 2> buffers{asio::buffer(first.data(), first.size()),
                                              asio::buffer(second.data(), second.size())};
    auto [failure, count] = co_await socket_.async_write_some(buffers, completion);
    if (failure) co_return false;
    size_t of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
  co_return true;
}

asio::awaitable<bool> Connection::send(const aws::HttpResponse& response, bool is_head, bool keep) {
  std::string text = head_text(response, is_head, keep, loop_.date);
  if (is_head || !may_have_body(response.status)) co_return co_await write(text);
  if (!response.file) {
    if (response.body.size() > joined_body_bytes_max) co_return co_await write(text, response.body);
    text += response.body;
    co_return co_await write(text);
  }
  std::shared_ptr<File> file = response.file->opened;
  if (!file) {
    Outcome<std::unique_ptr<File>> opened = loop_.shared.disk.open(response.file->path, Disk::Mode::read);
    if (!opened) {
      loop_.shared.log.write(Log::Level::error, "a body's file cannot be read", {{"reason", opened.error().message}});
      co_await refuse(500, "The content cannot be read.\n");
      co_return false;
    }
    file = std::move(*opened);
  }
  if (response.file->size <= small_file_bytes_max) {
    size_t head_size = text.size();
    text.resize(head_size + response.file->size);
    Outcome<size_t> count = file->read_at(response.file->offset, text.data() + head_size, response.file->size);
    if (!count || *count != response.file->size) co_return false;
    co_return co_await write(text);
  }
  bool begun = co_await write(text);
  if (!begun) co_return false;
  if (file->descriptor() < 0) co_return co_await copy_file(*response.file, *file);
  co_return co_await send_file(*response.file, *file);
}

asio::awaitable<bool> Connection::send_file(const aws::FileRange& range, File& file) {
  off_t offset = static_cast<off_t>(range.offset);
  uint64_t left = range.size;
  while (left > 0) {
    set_deadline(loop_.shared.options.progress_seconds);
    ssize_t count = ::sendfile(socket_.native_handle(), file.descriptor(), &offset,
                               static_cast<size_t>(std::min<uint64_t>(left, sendfile_bytes_max)));
    if (count == 0) co_return false;  // the file is shorter than it was said to be
    if (count > 0) {
      left -= static_cast<uint64_t>(count);
      if (left > 0) co_await asio::post(loop_.context, asio::use_awaitable);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return false;
    auto [failure] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_write, completion);
    if (failure) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> Connection::copy_file(const aws::FileRange& range, File& file) {
  std::string piece;
  for (uint64_t sent = 0; sent < range.size; sent += piece.size()) {
    piece.resize(static_cast<size_t>(std::min<uint64_t>(range.size - sent, body_buffer_bytes)));
    Outcome<size_t> count = file.read_at(range.offset + sent, piece.data(), piece.size());
    if (!count || *count == 0) co_return false;
    piece.resize(*count);
    bool written = co_await write(piece);
    if (!written) co_return false;
  }
  co_return true;
}

// An answer of the server itself, to what is no request that a handler could see.
asio::awaitable<void> Connection::refuse(int status, std::string_view text) {
  aws::HttpResponse response;
  response.status = status;
  response.set_header("content-type", "text/plain");
  response.body = text;
  std::string out = head_text(response, false, false, loop_.date) + response.body;
  bool sent = co_await write(out);
  if (sent) co_await linger();
}

// Closing while the client still sends would reset the connection, and the client might never see the answer.
asio::awaitable<void> Connection::linger() {
  boost::system::error_code failure;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failure);
  if (failure) co_return;
  set_deadline(linger_seconds);
  buffer_.clear();
  for (size_t read = 0; read < lingering_bytes_max;) {
    size_t count = co_await fill(buffer_bytes);
    if (count == 0) break;
    read += count;
    buffer_.clear();
  }
}

}  // namespace penstock::server
