// BodyReader: a request's body on its way in. Takes off aws-chunked framing, keeps the content in memory or in a file,
// and computes the digests that its checks and the handler need, so that the content is read only once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/protocol/chunked.h"
#include "aws/protocol/http.h"
#include "base/digest.h"
#include "base/disk.h"
#include "base/md5_sha256.h"
#include "base/outcome.h"
#include "server/work_queue.h"
#include "server/worker_pool.h"
#include "store/spool.h"

namespace penstock::server {

class BodyReader {
 public:
  struct Plan {
    uint64_t size_max = 0;  // bytes of content; more is `too_large`
    Error too_large;
    std::string spool_path;                   // the file to write; empty keeps the content in memory
    std::string data_key;                     // the file is sealed under it, unless it is empty
    Disk* disk = nullptr;                     // of the file
    std::optional<DigestKind> checksum_kind;  // the client's own, computed while spooling
    WorkerPool* workers = nullptr;            // for hashing while the file is written; without them one after the other
  };

  explicit BodyReader(Plan plan) : plan_(std::move(plan)) {}

  // From now on the bytes are aws-chunked. Before the first `take`.
  void decode_chunks(const aws::sigv4::Proof& proof, uint64_t decoded_length) {
    decoder_.emplace(proof, decoded_length);
  }

  // The next bytes as sent; they must stay until the next call of `take` or `finish` returned, or this object is gone:
  // another worker may still be hashing them. Errors: those of aws::ChunkedDecoder, `too_large`, DiskFull, DiskError;
  // no more may be taken then.
  Outcome<void> take(std::string_view bytes);
  // At the end: the content, its file synced. Errors: those of `take`, BadDigest.
  Outcome<aws::Body> finish();
  // SHA-256 (raw) of the content, after `finish`. In memory it is computed only when asked for; of a spooled body
  // always: the store keeps it with every object (penstock doctor, digests of artifacts), and with the MD5 it costs
  // nothing (Md5Sha256).
  std::string content_sha256(const aws::Body& body) const;

 private:
  Outcome<void> keep(std::string_view content);
  Outcome<void> open_spool();
  Outcome<void> spool(std::string_view content);
  Outcome<void> close_spool();

  Plan plan_;
  std::optional<aws::ChunkedDecoder> decoder_;
  std::string decoded_;  // of one `take` ...
  std::string hashed_;   // ... and of the one before, whose hashing may go on
  uint64_t size_ = 0;
  aws::Body body_;
  std::optional<store::SpoolFile> file_;
  std::optional<Md5Sha256> hashes_;
  std::optional<WorkQueue> hashing_;  // into `hashes_`, where there are workers
  std::optional<Digest> checksum_;    // unless it is one of these two
};

}  // namespace penstock::server
