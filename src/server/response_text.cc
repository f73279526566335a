#include "server/response_text.h"

#include <cstdint>

namespace penstock::server {

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

std::string head_text(const aws::HttpResponse& response, bool is_head, bool keep, std::string_view date) {
  std::string out;
  out.reserve(512 + response.body.size());
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_phrase(response.status));
  out.append("\r\n");
  for (const auto& [name, value] : response.headers) {
    out.append(name).append(": ");
    // A value that came from a client must not end the line.
    for (char c : value) out += (c == '\r' || c == '\n') ? ' ' : c;
    out.append("\r\n");
  }
  uint64_t length = response.file ? response.file->size : response.body.size();
  if (response.announced_length) length = *response.announced_length;
  if (may_have_body(response.status) || (is_head && response.announced_length)) {
    out.append("content-length: ").append(std::to_string(length)).append("\r\n");
  }
  out.append("date: ").append(date).append("\r\n");
  out.append(keep ? "\r\n" : "connection: close\r\n\r\n");
  return out;
}

}  // namespace penstock::server
