#include "store/sealed_content.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/cipher.h"

namespace penstock::store {

namespace {

constexpr size_t whole_piece_bytes = sealed_piece_bytes + cipher_tag_bytes;

std::string nonce_of(uint64_t number) {
  std::string nonce(cipher_nonce_bytes, '\0');
  for (size_t index = 0; index < 8; ++index) {
    nonce[cipher_nonce_bytes - 1 - index] = static_cast<char>(number >> (8 * index) & 0xff);
  }
  return nonce;
}

std::string_view bound_to(bool last) {
  return last ? "last" : "more";
}

Error does_not_open() {
  return {"StoreCorrupt", "An encrypted content does not open: its bytes were changed. Run penstock doctor", 500};
}

class SealedFile final : public File {
 public:
  SealedFile(std::unique_ptr<File> sealed, std::string key, uint64_t plain_bytes)
      : sealed_(std::move(sealed)), key_(std::move(key)), plain_bytes_(plain_bytes) {}

  Outcome<void> append(std::string_view) override { PENSTOCK_ASSERT(false && "sealed files are only read"); }
  Outcome<void> sync() override { return {}; }
  Outcome<uint64_t> size() override { return plain_bytes_; }

  Outcome<size_t> read_at(uint64_t offset, char* buffer, size_t size) override {
    if (offset >= plain_bytes_) return size_t{0};
    size = std::min<uint64_t>(size, plain_bytes_ - offset);
    for (size_t done = 0; done < size;) {
      uint64_t number = (offset + done) / sealed_piece_bytes;
      if (Outcome<void> loaded = load(number); !loaded) return loaded.error();
      size_t start = (offset + done) % sealed_piece_bytes;
      if (start >= piece_.size()) return does_not_open();
      done += piece_.copy(buffer + done, size - done, start);
    }
    return size;
  }

 private:
  Outcome<void> load(uint64_t number) {
    if (number_ == number + 1) return {};
    uint64_t last = plain_bytes_ == 0 ? 0 : (plain_bytes_ - 1) / sealed_piece_bytes;
    std::string sealed(whole_piece_bytes, '\0');
    size_t filled = 0;
    while (filled < sealed.size()) {
      Outcome<size_t> count =
          sealed_->read_at(number * whole_piece_bytes + filled, sealed.data() + filled, sealed.size() - filled);
      if (!count) return count.error();
      if (*count == 0) break;
      filled += *count;
    }
    sealed.resize(filled);
    std::optional<std::string> plain = unseal(key_, nonce_of(number), sealed, bound_to(number == last));
    if (!plain) return does_not_open();
    piece_ = std::move(*plain);
    number_ = number + 1;
    return {};
  }

  std::unique_ptr<File> sealed_;
  std::string key_;
  uint64_t plain_bytes_;
  uint64_t number_ = 0;  // one more than that of `piece_`
  std::string piece_;
};

}  // namespace

void ContentSealer::add(std::string_view plain, std::string& out) {
  while (!plain.empty()) {
    // A full piece waits until it is known not to be the last.
    if (rest_.size() == sealed_piece_bytes) {
      append_sealed(out, key_, nonce_of(number_++), rest_, bound_to(false));
      rest_.clear();
    }
    size_t count = std::min(plain.size(), sealed_piece_bytes - rest_.size());
    rest_.append(plain.substr(0, count));
    plain.remove_prefix(count);
  }
}

void ContentSealer::finish(std::string& out) {
  append_sealed(out, key_, nonce_of(number_), rest_, bound_to(true));
}

std::string seal_content(const std::string& key, std::string_view plain) {
  ContentSealer sealer(key);
  std::string sealed;
  sealer.add(plain, sealed);
  sealer.finish(sealed);
  return sealed;
}

Outcome<std::string> unseal_content(const std::string& key, std::string_view sealed) {
  std::string plain;
  for (uint64_t number = 0;; ++number) {
    std::string_view piece = sealed.substr(0, whole_piece_bytes);
    sealed.remove_prefix(piece.size());
    std::optional<std::string> opened = unseal(key, nonce_of(number), piece, bound_to(sealed.empty()));
    if (!opened) return does_not_open();
    plain += *opened;
    if (sealed.empty()) return plain;
  }
}

std::unique_ptr<File> open_sealed(std::unique_ptr<File> sealed, std::string key, uint64_t plain_bytes) {
  return std::make_unique<SealedFile>(std::move(sealed), std::move(key), plain_bytes);
}

}  // namespace penstock::store
