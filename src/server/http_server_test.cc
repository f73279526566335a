#include "server/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace penstock::server {
namespace {

// Answers with method, target and the body's size; refuses what has the header "refuse".
class EchoExchange final : public Exchange {
 public:
  EchoExchange(aws::HttpRequest head, std::atomic<int>& workers) : head_(std::move(head)), workers_(workers) {
    caller_ = std::this_thread::get_id();
  }
  bool wants_body() const override { return !head_.has_header("refuse"); }
  bool blocks() const override { return head_.has_header("blocks"); }
  bool body(std::string_view bytes) override {
    body_.append(bytes);
    return true;
  }
  void finish(Answer answer) override {
    if (std::this_thread::get_id() != caller_) ++workers_;
    aws::HttpResponse response;
    response.status = wants_body() ? 200 : 403;
    response.body = head_.method + " " + head_.path + "?" + head_.query + " " + std::to_string(body_.size());
    if (head_.path == "/big") response.body.assign(5'000'000, 'x');
    if (head_.path == "/inject") response.set_header("x-echo", "a\r\nevil: 1");
    answer(std::move(response));
  }

 private:
  aws::HttpRequest head_;
  std::string body_;
  std::thread::id caller_;
  std::atomic<int>& workers_;
};

class EchoHandler final : public Handler {
 public:
  std::unique_ptr<Exchange> begin(aws::HttpRequest head, std::optional<uint64_t> length) override {
    last_length = length;
    return std::make_unique<EchoExchange>(std::move(head), on_workers);
  }
  std::optional<uint64_t> last_length;
  std::atomic<int> on_workers{0};
};

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override { start({}); }
  void start(HttpServer::Options options) {
    auto started = HttpServer::listen(options, workers_, disk_, clock_, log_);
    ASSERT_TRUE(started.ok());
    server_ = std::move(*started);
    server_->serve(handler_);
  }
  void TearDown() override {
    server_->stop();
    workers_.stop();
  }

  int connect() const {
    int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return descriptor;
  }
  static void send_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
      ssize_t count = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<size_t>(count));
    }
  }
  // Reads until the end of the connection, or until `text` has come `times` times.
  static std::string read_until(int descriptor, const std::string& text, int times = 1) {
    std::string out;
    char buffer[4096];
    while (count_of(out, text) < times) {
      ssize_t count = ::recv(descriptor, buffer, sizeof(buffer), 0);
      if (count <= 0) break;
      out.append(buffer, static_cast<size_t>(count));
    }
    return out;
  }
  static int count_of(const std::string& text, const std::string& part) {
    int count = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }
  std::string talk(std::string_view request) const {
    int descriptor = connect();
    send_all(descriptor, request);
    std::string answer = read_until(descriptor, "\x01never");
    ::close(descriptor);
    return answer;
  }

  SystemClock clock_;
  SystemDisk disk_;
  Log log_{clock_, Log::Level::error};
  WorkerPool workers_;
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, answers_and_closes_when_asked) {
  std::string answer = talk("GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nGET /a%20b?x=1 0")) << answer;
  EXPECT_NE(answer.find("connection: close"), std::string::npos);
  EXPECT_NE(answer.find("date: "), std::string::npos);
}

TEST_F(HttpServerTest, pipelined_requests_are_answered_in_order) {
  std::string answer = talk(
      "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nz");
  size_t first = answer.find("POST /1? 3");
  size_t second = answer.find("GET /2? 0");
  size_t third = answer.find("POST /3? 1");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST_F(HttpServerTest, expectation_is_answered_exactly_once) {
  int descriptor = connect();
  send_all(descriptor,
           "PUT /o HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  std::string invited = read_until(descriptor, "\r\n\r\n");
  EXPECT_EQ(invited, "HTTP/1.1 100 Continue\r\n\r\n");
  send_all(descriptor, "12345");
  std::string answer = read_until(descriptor, "\x01never");
  EXPECT_EQ(count_of(answer, "100 Continue"), 0);
  EXPECT_TRUE(answer.ends_with("PUT /o? 5")) << answer;
  ::close(descriptor);
}

TEST_F(HttpServerTest, refused_request_is_not_invited_to_send) {
  std::string answer =
      talk("PUT /o HTTP/1.1\r\nHost: h\r\nRefuse: 1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403")) << answer;
  EXPECT_EQ(count_of(answer, "HTTP/1.1"), 1);
}

TEST_F(HttpServerTest, refused_short_body_keeps_the_connection) {
  std::string answer = talk(
      "PUT /o HTTP/1.1\r\nHost: h\r\nRefuse: 1\r\nContent-Length: 5\r\n\r\n12345"
      "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("GET /next? 0"), std::string::npos) << answer;
}

TEST_F(HttpServerTest, chunked_body_and_worker) {
  std::string answer = talk(
      "PUT /c HTTP/1.1\r\nHost: h\r\nBlocks: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("PUT /c? 13")) << answer;
  EXPECT_FALSE(handler_.last_length.has_value());
  EXPECT_EQ(handler_.on_workers.load(), 1);
}

TEST_F(HttpServerTest, body_split_at_every_byte) {
  int descriptor = connect();
  std::string request = "POST /s HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwxyz";
  for (char c : request) send_all(descriptor, std::string_view(&c, 1));
  EXPECT_TRUE(read_until(descriptor, "\x01never").ends_with("POST /s? 4"));
  ::close(descriptor);
}

TEST_F(HttpServerTest, large_bodies_both_ways) {
  std::string body(3'000'000, 'b');
  std::string answer =
      talk("POST /big HTTP/1.1\r\nHost: h\r\nBlocks: 1\r\nContent-Length: 3000000\r\nConnection: close\r\n\r\n" + body);
  EXPECT_GT(answer.size(), 5'000'000U);
  EXPECT_EQ(answer.back(), 'x');
}

TEST_F(HttpServerTest, request_behind_a_large_body_that_workers_take) {
  std::string body(2'000'000, 'b');
  std::string answer = talk("PUT /o HTTP/1.1\r\nHost: h\r\nBlocks: 1\r\nContent-Length: 2000000\r\n\r\n" + body +
                            "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("PUT /o? 2000000"), std::string::npos) << answer;
  EXPECT_NE(answer.find("GET /next? 0"), std::string::npos) << answer;
}

TEST_F(HttpServerTest, workers_take_a_chunked_body_cut_anywhere) {
  int descriptor = connect();
  std::string request =
      "PUT /c HTTP/1.1\r\nHost: h\r\nBlocks: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n";
  for (char c : request) send_all(descriptor, std::string_view(&c, 1));
  EXPECT_TRUE(read_until(descriptor, "\x01never").ends_with("PUT /c? 13"));
  ::close(descriptor);
}

TEST_F(HttpServerTest, malformed_and_oversized_heads) {
  EXPECT_TRUE(talk("nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(talk("GET * HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nx: " + std::string(100'000, 'a') + "\r\n\r\n").starts_with("HTTP/1.1 431"));
  EXPECT_TRUE(talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
                  .starts_with("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, header_values_cannot_end_the_line) {
  std::string answer = talk("GET /inject HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.find("\r\nevil"), std::string::npos);
}

TEST_F(HttpServerTest, head_has_no_body) {
  std::string answer = talk("HEAD /h HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  EXPECT_NE(answer.find("content-length: 10"), std::string::npos) << answer;
}

TEST_F(HttpServerTest, drain_closes_idle_connections) {
  int descriptor = connect();
  send_all(descriptor, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(read_until(descriptor, "GET /1? 0").find("200 OK"), std::string::npos);
  server_->drain();
  char byte;
  EXPECT_EQ(::recv(descriptor, &byte, 1, 0), 0);
  ::close(descriptor);
}

TEST_F(HttpServerTest, connections_over_the_limit_are_told_so) {
  TearDown();
  HttpServer::Options options;
  options.connections_max = 1;
  start(options);
  int first = connect();
  send_all(first, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(read_until(first, "GET /1? 0").find("200 OK"), std::string::npos);
  int second = connect();
  EXPECT_TRUE(read_until(second, "\r\n\r\n").starts_with("HTTP/1.1 503"));
  ::close(first);
  ::close(second);
}

}  // namespace
}  // namespace penstock::server
