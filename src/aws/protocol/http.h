// HttpRequest and HttpResponse: what the server hands to the front ends and takes back, free of any HTTP library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/disk.h"

namespace penstock::aws {

using Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case on requests

// A request's body: in `bytes`, or, when it was larger than limits::body_spool_threshold_bytes (S3 only), in the file
// `path`, already complete, aws-chunked framing removed, and synced; the owner of the last reference removes the file
// unless it was renamed away. Checksums are of the decoded content.
struct SpooledBody {
  std::string path;
  uint64_t size = 0;  // of the content
  // A content that is to be encrypted at rest lies sealed (store/spool.h) under this key, 32 bytes; empty: it lies
  // plain.
  std::string data_key;
  std::string sealed_sha256;  // hex, of the sealed file's bytes
  std::string md5;            // 16 raw bytes
  std::string sha256;         // 32 raw bytes
  // What the client's own checksum algorithm gives (x-amz-checksum-*, as header or trailer, or
  // x-amz-sdk-checksum-algorithm); without one, both are empty. A trailer was compared already, a header was not.
  std::optional<DigestKind> checksum_kind;
  std::string checksum;  // raw bytes
  Headers trailers;      // of an aws-chunked body, names in lower case
  Disk* disk = nullptr;  // where `path` lies; the destructor removes the file through it

  SpooledBody() = default;
  SpooledBody(const SpooledBody&) = delete;
  SpooledBody& operator=(const SpooledBody&) = delete;
  ~SpooledBody();
};

struct Body {
  std::string bytes;
  std::shared_ptr<SpooledBody> spooled;  // set when the content is in a file
  Headers trailers;                      // of an aws-chunked body held in `bytes`; their checksums were compared
  uint64_t size() const { return spooled ? spooled->size : bytes.size(); }
};

struct HttpRequest {
  std::string method;  // upper case
  std::string path;    // as sent, percent-encoded, without the query; starts with '/'
  std::string query;   // as sent, without '?'
  Headers headers;
  Body body;
  std::string remote_address;

  std::string_view header(std::string_view lower_case_name) const;  // first value, or empty
  bool has_header(std::string_view lower_case_name) const;
  // Decoded query parameters in the order sent.
  std::vector<std::pair<std::string, std::string>> query_parameters() const;
};

// A range of a file to be sent as the body.
struct FileRange {
  std::string path;
  uint64_t offset = 0;
  uint64_t size = 0;
  std::shared_ptr<const void> pin = nullptr;  // keeps the file there until it was sent
  std::shared_ptr<File> opened = nullptr;     // read this, which gives what the client is to see of `path`
};

struct HttpResponse {
  int status = 200;
  Headers headers;  // without content-length, date and connection: the server adds them
  std::string body;
  std::optional<FileRange> file;  // sent instead of `body`
  // HEAD and 304 answers: the content-length to announce without sending a body.
  std::optional<uint64_t> announced_length;

  void set_header(std::string_view name, std::string_view value);
};

// The digest that the header or trailer "x-amz-checksum-NAME" carries; nothing for another name. `name` in lower case.
std::optional<DigestKind> checksum_header_kind(std::string_view header_name);

}  // namespace penstock::aws
