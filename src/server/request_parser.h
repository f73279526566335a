// RequestParser: HTTP/1.1 requests from bytes as they come, by Beast's parser, which this header hides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "aws/protocol/http.h"

namespace penstock::server {

class RequestParser {
 public:
  enum class Failure { none, malformed, headers_too_large };

  // For one request; `header_bytes_max` covers the request line and all headers.
  explicit RequestParser(size_t header_bytes_max);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Takes bytes and returns how many were consumed; the rest must be offered again with more behind it. The first call
  // that completes the headers stops there. Pieces of the body, without transfer encoding, go to `on_body`.
  size_t feed(std::string_view bytes, const std::function<void(std::string_view)>& on_body);

  Failure failure() const;
  bool headers_done() const;
  bool done() const;
  // After headers_done:
  aws::HttpRequest take_head();
  bool keep_alive() const;
  bool expects_continue() const;
  bool chunked() const;
  std::optional<uint64_t> content_length() const;
  uint64_t body_bytes_left() const;  // UINT64_MAX when the length is not known

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::server
