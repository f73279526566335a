// Contents that are encrypted at rest, each under a data key of its own (which lies beside it, itself encrypted under a
// KMS key: the envelope).
//
// The sealed form is one piece of up to 64 KiB after the other, each sealed by AES-256-GCM (base/cipher.h) with its
// number as the nonce; whether it is the last is bound to it, so that a content cut short does not open. An empty
// content is one empty piece. Any range is read by opening only the pieces it touches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::store {

inline constexpr size_t sealed_piece_bytes = 64 * 1024;  // of the plain content

// What a content is encrypted with.
struct Seal {
  std::string key;  // the data key, 32 bytes: never kept
  Json envelope;    // an object from which whoever made it finds the key again
};

// Turns a content, given in parts, into its sealed form.
class ContentSealer {
 public:
  explicit ContentSealer(std::string key) : key_(std::move(key)) {}
  // Appends to `out` what is complete.
  void add(std::string_view plain, std::string& out);
  // Appends the last piece.
  void finish(std::string& out);

 private:
  std::string key_;
  std::string rest_;  // at most one piece
  uint64_t number_ = 0;
};

std::string seal_content(const std::string& key, std::string_view plain);
// StoreCorrupt when the key is another or a byte was changed.
Outcome<std::string> unseal_content(const std::string& key, std::string_view sealed);

// Reads a sealed file as the content of `plain_bytes` that it holds. A piece that does not open is an error,
// StoreCorrupt.
std::unique_ptr<File> open_sealed(std::unique_ptr<File> sealed, std::string key, uint64_t plain_bytes);

}  // namespace penstock::store
