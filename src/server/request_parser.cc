#include "server/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <utility>

#include "base/encoding.h"

namespace penstock::server {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

struct RequestParser::State final : http::basic_parser<true> {
  aws::HttpRequest head;
  bool target_bad = false;
  bool expects_continue = false;
  Failure failure = Failure::none;
  const std::function<void(std::string_view)>* on_body = nullptr;

  // "/path?query", or "http://host/path?query" as a proxy sends it.
  void take_target(std::string_view target) {
    if (target.starts_with("http://") || target.starts_with("https://")) {
      size_t slash = target.find('/', target.find("//") + 2);
      target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    size_t question = target.find('?');
    head.path = target.substr(0, question);
    if (question != std::string_view::npos) head.query = target.substr(question + 1);
    target_bad = !head.path.starts_with('/');
  }

  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int,
                       beast::error_code& ec) override {
    head.method = view(method);
    take_target(view(target));
    head.headers.reserve(16);
    if (target_bad) ec = http::error::bad_target;
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    if (field == http::field::expect) expects_continue = to_lower(view(value)) == "100-continue";
    head.headers.emplace_back(to_lower(view(name)), view(value));
  }
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    (*on_body)(view(body));
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
    (*on_body)(view(body));
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}
};

RequestParser::RequestParser(size_t header_bytes_max) : state_(std::make_unique<State>()) {
  state_->header_limit(static_cast<std::uint32_t>(header_bytes_max));
  state_->body_limit(boost::none);
}

RequestParser::~RequestParser() = default;

size_t RequestParser::feed(std::string_view bytes, const std::function<void(std::string_view)>& on_body) {
  state_->on_body = &on_body;
  const bool in_headers = !state_->is_header_done();
  size_t consumed = 0;
  while (consumed < bytes.size() && !state_->is_done() && state_->failure == Failure::none) {
    beast::error_code ec;
    size_t taken = state_->put(boost::asio::const_buffer(bytes.data() + consumed, bytes.size() - consumed), ec);
    consumed += taken;
    if (ec == http::error::need_more) break;
    if (ec) state_->failure = ec == http::error::header_limit ? Failure::headers_too_large : Failure::malformed;
    if (in_headers && state_->is_header_done()) break;
  }
  return consumed;
}

RequestParser::Failure RequestParser::failure() const {
  return state_->failure;
}
bool RequestParser::headers_done() const {
  return state_->failure == Failure::none && state_->is_header_done();
}
bool RequestParser::done() const {
  return state_->is_done();
}
aws::HttpRequest RequestParser::take_head() {
  return std::move(state_->head);
}
bool RequestParser::keep_alive() const {
  return state_->keep_alive();
}
bool RequestParser::expects_continue() const {
  return state_->expects_continue;
}
bool RequestParser::chunked() const {
  return state_->chunked();
}

std::optional<uint64_t> RequestParser::content_length() const {
  auto length = state_->content_length();
  if (!length) return std::nullopt;
  return *length;
}

uint64_t RequestParser::body_bytes_left() const {
  if (state_->is_done()) return 0;
  auto left = state_->content_length_remaining();
  return left ? *left : UINT64_MAX;
}

}  // namespace penstock::server
