#include "server/body_reader.h"

#include <utility>

namespace penstock::server {

namespace {

constexpr size_t shared_bytes_min = 128 * 1024;  // hashing less is not worth waking another thread

}  // namespace

Outcome<void> BodyReader::take(std::string_view bytes) {
  if (!decoder_) return keep(bytes);
  std::swap(decoded_, hashed_);
  decoded_.clear();
  Outcome<void> fed = decoder_->feed(bytes, decoded_);
  if (!fed) return fed;
  return keep(decoded_);
}

Outcome<void> BodyReader::keep(std::string_view content) {
  size_ += content.size();
  if (size_ > plan_.size_max) return plan_.too_large;
  if (plan_.spool_path.empty()) {
    body_.bytes.append(content);
    return {};
  }
  if (!file_) {
    Outcome<void> opened = open_spool();
    if (!opened) return opened;
  }
  return spool(content);
}

// Hashing takes longer than all the rest: another worker does it while this one writes the piece and, when that is
// done, the next one. Returns when the pieces before this one are hashed: so the hashing never stands still, and the
// client is no more than a piece ahead of it.
Outcome<void> BodyReader::spool(std::string_view content) {
  const bool shared = hashing_ && content.size() >= shared_bytes_min;
  if (shared) hashing_->add([this, content] { hashes_->update(content); });
  Outcome<void> written = file_->append(content);
  if (checksum_) checksum_->update(content);
  if (hashing_) hashing_->wait_for(shared ? 1 : 0);
  if (!shared) hashes_->update(content);
  return written;
}

Outcome<void> BodyReader::open_spool() {
  Outcome<store::SpoolFile> file = store::SpoolFile::create(*plan_.disk, plan_.spool_path, plan_.data_key);
  if (!file) return file.error();
  file_.emplace(std::move(*file));
  body_.spooled = std::make_shared<aws::SpooledBody>();
  body_.spooled->path = plan_.spool_path;
  body_.spooled->disk = plan_.disk;
  hashes_.emplace();
  if (plan_.workers) hashing_.emplace(*plan_.workers);
  std::optional<DigestKind> kind = plan_.checksum_kind;
  if (kind && kind != DigestKind::md5 && kind != DigestKind::sha256) checksum_.emplace(*kind);
  return {};
}

Outcome<aws::Body> BodyReader::finish() {
  aws::Headers trailers;
  if (decoder_) {
    Outcome<aws::Headers> finished = decoder_->finish();
    if (!finished) return finished.error();
    trailers = std::move(*finished);
  }
  if (file_) {
    Outcome<void> closed = close_spool();
    if (!closed) return closed.error();
  }
  Outcome<void> matching = aws::check_trailing_checksums(trailers, [this](DigestKind kind) {
    if (!body_.spooled) return digest(kind, body_.bytes);
    return kind == body_.spooled->checksum_kind ? body_.spooled->checksum : std::string{};
  });
  if (!matching) return matching.error();
  (body_.spooled ? body_.spooled->trailers : body_.trailers) = std::move(trailers);
  return std::move(body_);
}

Outcome<void> BodyReader::close_spool() {
  Outcome<std::string> sealed_sha256 = file_->finish();
  if (!sealed_sha256) return sealed_sha256.error();
  if (hashing_) hashing_->wait_for(0);
  file_.reset();
  aws::SpooledBody& spooled = *body_.spooled;
  spooled.size = size_;
  spooled.data_key = plan_.data_key;
  spooled.sealed_sha256 = std::move(*sealed_sha256);
  Md5Sha256::Result hashes = hashes_->finish();
  spooled.md5 = std::move(hashes.md5);
  spooled.sha256 = std::move(hashes.sha256);
  spooled.checksum_kind = plan_.checksum_kind;
  if (checksum_) {
    spooled.checksum = checksum_->finish();
  } else if (plan_.checksum_kind) {
    spooled.checksum = plan_.checksum_kind == DigestKind::md5 ? spooled.md5 : spooled.sha256;
  }
  return {};
}

std::string BodyReader::content_sha256(const aws::Body& body) const {
  return body.spooled ? body.spooled->sha256 : digest(DigestKind::sha256, body.bytes);
}

}  // namespace penstock::server
