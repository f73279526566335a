#include "base/cipher.h"

#include <openssl/evp.h>

#include <memory>

#include "base/assert.h"

namespace penstock {

namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// A context per thread: starting a used one allocates nothing.
EVP_CIPHER_CTX* thread_context() {
  thread_local std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  PENSTOCK_ASSERT(context != nullptr);
  return context.get();
}

const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* found = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  PENSTOCK_ASSERT(found != nullptr);
  return found;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_at(std::string& text, size_t offset) {
  return reinterpret_cast<unsigned char*>(text.data()) + offset;
}

void check_sizes(std::string_view key, std::string_view nonce) {
  PENSTOCK_ASSERT(key.size() == cipher_key_bytes && nonce.size() == cipher_nonce_bytes);
}

}  // namespace

void append_sealed(std::string& out, std::string_view key, std::string_view nonce, std::string_view plain,
                   std::string_view bound) {
  check_sizes(key, nonce);
  EVP_CIPHER_CTX* context = thread_context();
  int written = 0;
  PENSTOCK_ASSERT(EVP_EncryptInit_ex2(context, algorithm(), bytes_of(key), bytes_of(nonce), nullptr) == 1);
  if (!bound.empty()) {
    PENSTOCK_ASSERT(EVP_EncryptUpdate(context, nullptr, &written, bytes_of(bound), static_cast<int>(bound.size())) ==
                    1);
  }
  size_t start = out.size();
  out.resize(start + plain.size() + cipher_tag_bytes);
  PENSTOCK_ASSERT(
      EVP_EncryptUpdate(context, bytes_at(out, start), &written, bytes_of(plain), static_cast<int>(plain.size())) == 1);
  int finished = 0;
  PENSTOCK_ASSERT(EVP_EncryptFinal_ex(context, bytes_at(out, start + plain.size()), &finished) == 1);
  PENSTOCK_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, static_cast<int>(cipher_tag_bytes),
                                      bytes_at(out, start + plain.size())) == 1);
}

std::string seal(std::string_view key, std::string_view nonce, std::string_view plain, std::string_view bound) {
  std::string sealed;
  append_sealed(sealed, key, nonce, plain, bound);
  return sealed;
}

std::optional<std::string> unseal(std::string_view key, std::string_view nonce, std::string_view sealed,
                                  std::string_view bound) {
  check_sizes(key, nonce);
  if (sealed.size() < cipher_tag_bytes) return std::nullopt;
  std::string_view text = sealed.substr(0, sealed.size() - cipher_tag_bytes);
  std::string tag(sealed.substr(text.size()));
  EVP_CIPHER_CTX* context = thread_context();
  int written = 0;
  PENSTOCK_ASSERT(EVP_DecryptInit_ex2(context, algorithm(), bytes_of(key), bytes_of(nonce), nullptr) == 1);
  if (!bound.empty()) {
    PENSTOCK_ASSERT(EVP_DecryptUpdate(context, nullptr, &written, bytes_of(bound), static_cast<int>(bound.size())) ==
                    1);
  }
  std::string plain(text.size() + 1, '\0');  // one more, so that an empty text has a place to write to
  PENSTOCK_ASSERT(
      EVP_DecryptUpdate(context, bytes_at(plain, 0), &written, bytes_of(text), static_cast<int>(text.size())) == 1);
  PENSTOCK_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1);
  int finished = 0;
  if (EVP_DecryptFinal_ex(context, bytes_at(plain, text.size()), &finished) != 1) return std::nullopt;
  plain.resize(text.size());
  return plain;
}

}  // namespace penstock
