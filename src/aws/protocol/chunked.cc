#include "aws/protocol/chunked.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "aws/protocol/sigv4_refusal.h"

namespace penstock::aws {

namespace {

constexpr size_t line_bytes_max = 8 * 1024;  // a size line or one trailer
constexpr size_t trailers_max = 16;
constexpr std::string_view empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Error incomplete_body() {
  return Error{"IncompleteBody", "The request body terminated unexpectedly", 400};
}

Error malformed_trailer() {
  return Error{
      "MalformedTrailerError",
      "The request contained trailing data that was not well-formed or did not conform to our published schema.", 400};
}

}  // namespace

ChunkedDecoder::ChunkedDecoder(const sigv4::Proof& proof, uint64_t decoded_length)
    : claim_(proof.claim),
      signing_key_(proof.signing_key),
      chunks_signed_(proof.payload != sigv4::Payload::chunks_unsigned_trailer),
      has_trailer_(proof.payload != sigv4::Payload::chunks_signed),
      trailer_signed_(proof.payload == sigv4::Payload::chunks_signed_trailer),
      announced_(decoded_length),
      previous_signature_(proof.claim.signature) {}

Outcome<void> ChunkedDecoder::feed(std::string_view bytes, std::string& content) {
  while (!bytes.empty()) {
    if (state_ == State::done) {
      // Some clients end with one more empty line.
      return bytes.find_first_not_of("\r\n") == std::string_view::npos ? Outcome<void>{} : incomplete_body();
    }
    if (state_ == State::data) {
      bytes.remove_prefix(take_data(bytes, content));
      continue;
    }
    size_t end = bytes.find('\n');
    size_t taken = std::min(end, bytes.size());
    line_.append(bytes.substr(0, taken));
    if (line_.size() > line_bytes_max) return incomplete_body();
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    std::string line = std::exchange(line_, {});
    if (line.ends_with('\r')) line.pop_back();
    Outcome<void> taken_line = take_line(line);
    if (!taken_line) return taken_line;
  }
  return {};
}

size_t ChunkedDecoder::take_data(std::string_view bytes, std::string& content) {
  size_t count = static_cast<size_t>(std::min<uint64_t>(bytes.size(), chunk_left_));
  std::string_view piece = bytes.substr(0, count);
  content.append(piece);
  if (chunk_digest_) chunk_digest_->update(piece);
  decoded_ += count;
  chunk_left_ -= count;
  if (chunk_left_ == 0) state_ = State::data_end;
  return count;
}

Outcome<void> ChunkedDecoder::take_line(std::string_view line) {
  if (state_ == State::size_line) return begin_chunk(line);
  if (state_ == State::data_end) {
    if (!line.empty()) return incomplete_body();
    return end_chunk();
  }
  return take_trailer(line);
}

// "10000;chunk-signature=HEX"
Outcome<void> ChunkedDecoder::begin_chunk(std::string_view line) {
  std::string_view size = trim(line.substr(0, line.find(';')));
  auto [end, failure] = std::from_chars(size.data(), size.data() + size.size(), chunk_left_, 16);
  if (failure != std::errc{} || end != size.data() + size.size()) return incomplete_body();
  if (chunk_left_ > announced_ - decoded_) return incomplete_body();
  constexpr std::string_view name = "chunk-signature=";
  size_t signature = line.find(name);
  chunk_signature_ =
      signature == std::string_view::npos ? std::string{} : std::string(trim(line.substr(signature + name.size())));
  last_chunk_ = chunk_left_ == 0;
  if (chunks_signed_) chunk_digest_.emplace(DigestKind::sha256);
  if (!last_chunk_) {
    state_ = State::data;
    return {};
  }
  return end_chunk();
}

Outcome<void> ChunkedDecoder::end_chunk() {
  if (chunks_signed_) {
    std::string hash = to_hex(chunk_digest_->finish());
    chunk_digest_.reset();
    Outcome<void> checked =
        check("AWS4-HMAC-SHA256-PAYLOAD", std::string(empty_sha256) + "\n" + hash, chunk_signature_);
    if (!checked) return checked;
  }
  state_ = last_chunk_ ? State::trailer_line : State::size_line;
  return {};
}

Outcome<void> ChunkedDecoder::take_trailer(std::string_view line) {
  if (line.empty()) return end_trailers();
  size_t colon = line.find(':');
  if (!has_trailer_ || colon == std::string_view::npos || trailers_.size() >= trailers_max) return malformed_trailer();
  std::string name = to_lower(trim(line.substr(0, colon)));
  std::string value(trim(line.substr(colon + 1)));
  if (name == "x-amz-trailer-signature") {
    trailer_signature_ = std::move(value);
    return {};
  }
  trailer_text_.append(name).append(":").append(value).append("\n");
  trailers_.emplace_back(std::move(name), std::move(value));
  return {};
}

Outcome<void> ChunkedDecoder::end_trailers() {
  // Clients end the trailing headers by an empty line, some by two, with the signature between them.
  if (trailer_signed_ && trailer_signature_.empty()) return {};
  if (trailer_signed_) {
    Outcome<void> checked = check("AWS4-HMAC-SHA256-TRAILER", sha256_hex(trailer_text_), trailer_signature_);
    if (!checked) return checked;
  }
  state_ = State::done;
  return {};
}

Outcome<void> ChunkedDecoder::check(std::string_view kind, std::string_view hashes, std::string_view given) {
  std::string text(kind);
  text.append("\n")
      .append(claim_.timestamp)
      .append("\n")
      .append(claim_.scope())
      .append("\n")
      .append(previous_signature_);
  text.append("\n").append(hashes);
  std::string expected = to_hex(hmac_sha256(signing_key_, text));
  if (!equal_in_constant_time(expected, given)) {
    sigv4::Claim claim = claim_;
    claim.signature = given;
    return sigv4::refusal::mismatch(sigv4::Family::s3, claim, {}, text);
  }
  previous_signature_ = std::move(expected);
  return {};
}

Outcome<Headers> ChunkedDecoder::finish() {
  // The last empty line may be missing when there are no trailers: the chunk of size 0 was the end.
  if (state_ == State::trailer_line && line_.empty() && trailers_.empty() && !trailer_signed_) state_ = State::done;
  if (state_ != State::done || decoded_ != announced_) return incomplete_body();
  return std::move(trailers_);
}

Error bad_digest(std::string_view header_name) {
  std::string algorithm(header_name.substr(header_name.rfind('-') + 1));
  for (char& c : algorithm) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return Error{"BadDigest", "The " + algorithm + " you specified did not match the calculated checksum.", 400};
}

}  // namespace penstock::aws
