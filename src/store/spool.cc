#include "store/spool.h"

#include "base/encoding.h"

namespace penstock::store {

namespace {

constexpr uint64_t sync_step_bytes = 8ULL * 1024 * 1024;  // the kernel is told to begin writing after each

}  // namespace

Outcome<SpoolFile> SpoolFile::create(Disk& disk, const std::string& path, const std::string& data_key) {
  Outcome<std::unique_ptr<File>> file = disk.open(path, Disk::Mode::create_exclusive);
  if (!file) return file.error();
  SpoolFile spool(std::move(*file));
  if (!data_key.empty()) spool.sealer_.emplace(data_key);
  return spool;
}

Outcome<void> SpoolFile::append(std::string_view plain) {
  if (!sealer_) return write(plain);
  sealed_.clear();
  sealer_->add(plain, sealed_);
  return write(sealed_);
}

Outcome<void> SpoolFile::write(std::string_view bytes) {
  if (sealer_) sealed_sha256_.update(bytes);
  Outcome<void> written = file_->append(bytes);
  written_ += bytes.size();
  if (written_ - sync_begun_ >= sync_step_bytes) {
    file_->begin_sync(sync_begun_, written_ - sync_begun_);
    sync_begun_ = written_;
  }
  return written;
}

Outcome<std::string> SpoolFile::finish() {
  if (sealer_) {
    sealed_.clear();
    sealer_->finish(sealed_);
    if (Outcome<void> written = write(sealed_); !written) return written.error();
  }
  if (Outcome<void> synced = file_->sync(); !synced) return synced.error();
  file_.reset();
  return sealer_ ? to_hex(sealed_sha256_.finish()) : std::string();
}

}  // namespace penstock::store
