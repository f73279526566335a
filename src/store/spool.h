// SpoolFile: a content that is written to a file before it is known whether it becomes an object's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/disk.h"
#include "base/outcome.h"
#include "store/sealed_content.h"

namespace penstock::store {

// Written plain, or, under a data key, in the sealed form in which the store keeps it (sealed_content.h): what is to be
// encrypted never lies plain on the disk, and is encrypted once.
class SpoolFile {
 public:
  // A new file. `data_key`: 32 bytes, or empty. Errors: DiskFull, DiskError.
  static Outcome<SpoolFile> create(Disk& disk, const std::string& path, const std::string& data_key);

  Outcome<void> append(std::string_view plain);
  // Writes and syncs what is left, and closes the file. The SHA-256 (hex) of a sealed file's bytes, else empty.
  Outcome<std::string> finish();

 private:
  explicit SpoolFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Outcome<void> write(std::string_view bytes);

  std::unique_ptr<File> file_;
  std::optional<ContentSealer> sealer_;
  std::string sealed_;
  Digest sealed_sha256_{DigestKind::sha256};
  uint64_t written_ = 0, sync_begun_ = 0;  // bytes of the file
};

}  // namespace penstock::store
