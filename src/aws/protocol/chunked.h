// ChunkedDecoder: takes S3's aws-chunked framing off a body as it arrives, checks each chunk's signature and the
// trailer's, and compares the trailing checksum. Sources: "Signature calculations for the Authorization header:
// Transferring payload in multiple chunks" and "... with trailing headers", S3 API reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/protocol/http.h"
#include "aws/protocol/sigv4.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/outcome.h"

namespace penstock::aws {

class ChunkedDecoder {
 public:
  // `proof` is of a request whose payload is chunked; `decoded_length` is x-amz-decoded-content-length in bytes.
  ChunkedDecoder(const sigv4::Proof& proof, uint64_t decoded_length);

  // Takes the next bytes of any size and appends what they decode to onto `content`. The content may be used only after
  // `finish` was fine. Errors, after which the decoder may not be fed: IncompleteBody, InvalidChunkSizeError,
  // SignatureDoesNotMatch, InvalidRequest.
  Outcome<void> feed(std::string_view bytes, std::string& content);
  // At the end of the body: that it was complete and as long as announced. Gives the trailers.
  Outcome<Headers> finish();

 private:
  enum class State { size_line, data, data_end, trailer_line, done };
  Outcome<void> take_line(std::string_view line);
  Outcome<void> begin_chunk(std::string_view line);
  Outcome<void> end_chunk();
  Outcome<void> take_trailer(std::string_view line);
  Outcome<void> end_trailers();
  size_t take_data(std::string_view bytes, std::string& content);
  Outcome<void> check(std::string_view kind, std::string_view hashes, std::string_view given);

  sigv4::Claim claim_;
  std::string signing_key_;
  bool chunks_signed_;
  bool has_trailer_;
  bool trailer_signed_;
  uint64_t announced_;
  uint64_t decoded_ = 0;
  State state_ = State::size_line;
  std::string line_;  // a line of which only a part has come
  uint64_t chunk_left_ = 0;
  bool last_chunk_ = false;
  std::string chunk_signature_;  // as the client gave it
  std::string previous_signature_;
  std::optional<Digest> chunk_digest_;
  std::string trailer_text_;  // "name:value\n" of each
  std::string trailer_signature_;
  Headers trailers_;
};

// Compares each x-amz-checksum-* trailer with what the content gives: BadDigest when they differ, InvalidRequest when a
// trailer is not a checksum's base64. `computed` gives the raw checksum of a kind.
template <class Computed>
Outcome<void> check_trailing_checksums(const Headers& trailers, Computed computed);

// The error S3 answers when the checksum named `header_name` differs.
Error bad_digest(std::string_view header_name);

template <class Computed>
Outcome<void> check_trailing_checksums(const Headers& trailers, Computed computed) {
  for (const auto& [name, value] : trailers) {
    std::optional<DigestKind> kind = checksum_header_kind(name);
    if (!kind) continue;
    std::optional<std::string> raw = from_base64(value);
    if (!raw) return Error{"InvalidRequest", "Value for " + name + " trailing header is invalid.", 400};
    if (*raw != computed(*kind)) return bad_digest(name);
  }
  return {};
}

}  // namespace penstock::aws
