#include "aws/protocol/chunked.h"

#include "base/assert.h"
#include "targets.h"

namespace penstock::fuzz {

namespace {

struct Decoded {
  std::string content;
  std::string refusal;  // the error's code; empty: fine
};

Decoded decode(const aws::sigv4::Proof& proof, uint64_t announced, std::string_view body, size_t piece_size) {
  aws::ChunkedDecoder decoder(proof, announced);
  Decoded result;
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, piece_size);
    body.remove_prefix(piece.size());
    if (const auto fed = decoder.feed(piece, result.content); !fed) return {{}, fed.error().code};
  }
  const auto trailers = decoder.finish();
  if (!trailers) return {{}, trailers.error().code};
  const auto matching =
      aws::check_trailing_checksums(*trailers, [&](DigestKind kind) { return digest(kind, result.content); });
  if (!matching) return {{}, matching.error().code};
  return result;
}

}  // namespace

// The first byte says how the payload is signed and how it is cut, the second how long it is said to be. However a body
// is cut, it decodes to the same.
void chunked(std::string_view bytes) {
  if (bytes.size() < 2) return;
  const auto choice = static_cast<uint8_t>(bytes[0]);
  const auto announced = static_cast<uint8_t>(bytes[1]);
  bytes.remove_prefix(2);
  constexpr aws::sigv4::Payload payloads[] = {aws::sigv4::Payload::chunks_signed,
                                              aws::sigv4::Payload::chunks_signed_trailer,
                                              aws::sigv4::Payload::chunks_unsigned_trailer};
  aws::sigv4::Proof proof;
  proof.family = aws::sigv4::Family::s3;
  proof.payload = payloads[choice % 3];
  proof.signing_key = std::string(32, 'k');
  proof.claim.date = "20261124";
  proof.claim.region = "us-east-1";
  proof.claim.service = "s3";
  proof.claim.timestamp = "20261124T101500Z";
  proof.claim.signature = std::string(64, '0');
  const Decoded whole = decode(proof, announced, bytes, bytes.size());
  const Decoded cut = decode(proof, announced, bytes, 1 + choice / 3);
  PENSTOCK_ASSERT(whole.content == cut.content && whole.refusal == cut.refusal);
  PENSTOCK_ASSERT(!whole.refusal.empty() || whole.content.size() == announced);
}

}  // namespace penstock::fuzz
