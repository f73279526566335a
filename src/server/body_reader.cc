#include "server/body_reader.h"

#include <utility>

#include "server/shared_work.h"

namespace penstock::server {

namespace {

constexpr size_t shared_bytes_min = 128 * 1024;           // hashing less is not worth waking another thread
constexpr uint64_t sync_step_bytes = 8ULL * 1024 * 1024;  // the kernel is told to begin writing after each

}  // namespace

Outcome<void> BodyReader::take(std::string_view bytes) {
  if (!decoder_) return keep(bytes);
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

// MD5, the slowest of the digests, takes about as long as all the rest: it goes to another thread meanwhile.
Outcome<void> BodyReader::spool(std::string_view content) {
  const bool shared = plan_.workers != nullptr && content.size() >= shared_bytes_min;
  auto hash = [&] { md5_->update(content); };
  std::optional<SharedWork> hashing;
  if (shared) {
    hashing.emplace(*plan_.workers, hash);
  } else {
    hash();
  }
  Outcome<void> written = file_->append(content);
  begin_sync();
  sha256_->update(content);
  if (checksum_) checksum_->update(content);
  return written;  // and waits for the other thread
}

void BodyReader::begin_sync() {
  if (size_ - sync_begun_ < sync_step_bytes) return;
  file_->begin_sync(sync_begun_, size_ - sync_begun_);
  sync_begun_ = size_;
}

Outcome<void> BodyReader::open_spool() {
  Outcome<std::unique_ptr<File>> file = plan_.disk->open(plan_.spool_path, Disk::Mode::create_exclusive);
  if (!file) return file.error();
  file_ = std::move(*file);
  body_.spooled = std::make_shared<aws::SpooledBody>();
  body_.spooled->path = plan_.spool_path;
  body_.spooled->disk = plan_.disk;
  md5_.emplace(DigestKind::md5);
  sha256_.emplace(DigestKind::sha256);
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
    Outcome<void> sealed = seal_spool();
    if (!sealed) return sealed.error();
  }
  Outcome<void> matching = aws::check_trailing_checksums(trailers, [this](DigestKind kind) {
    if (!body_.spooled) return digest(kind, body_.bytes);
    return kind == body_.spooled->checksum_kind ? body_.spooled->checksum : std::string{};
  });
  if (!matching) return matching.error();
  (body_.spooled ? body_.spooled->trailers : body_.trailers) = std::move(trailers);
  return std::move(body_);
}

Outcome<void> BodyReader::seal_spool() {
  Outcome<void> synced = file_->sync();
  if (!synced) return synced;
  file_.reset();
  aws::SpooledBody& spooled = *body_.spooled;
  spooled.size = size_;
  spooled.md5 = md5_->finish();
  spooled.sha256 = sha256_->finish();
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
