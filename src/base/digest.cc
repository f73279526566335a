#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/crc.h"
#include "base/encoding.h"

namespace penstock {

namespace {

constexpr size_t hash_count = 5;  // md5 ... sha512: the kinds that OpenSSL computes

bool is_hash(DigestKind kind) {
  return static_cast<size_t>(kind) < hash_count;
}

// Fetched once: OpenSSL 3 looks an algorithm up by name at each use otherwise, which costs more than hashing 1 KiB.
const EVP_MD* algorithm(DigestKind kind) {
  static const std::array<EVP_MD*, hash_count> algorithms = {
      EVP_MD_fetch(nullptr, "MD5", nullptr), EVP_MD_fetch(nullptr, "SHA1", nullptr),
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_fetch(nullptr, "SHA384", nullptr),
      EVP_MD_fetch(nullptr, "SHA512", nullptr)};
  const EVP_MD* found = algorithms[static_cast<size_t>(kind)];
  PENSTOCK_ASSERT(found != nullptr);
  return found;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using HashContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// A context per kind and thread, for digests made in one call: starting a used context allocates nothing.
EVP_MD_CTX* thread_context(DigestKind kind) {
  thread_local std::array<HashContext, hash_count> contexts;
  HashContext& context = contexts[static_cast<size_t>(kind)];
  if (!context) context.reset(EVP_MD_CTX_new());
  return context.get();
}

void start_hash(EVP_MD_CTX* context, DigestKind kind) {
  PENSTOCK_ASSERT(context != nullptr && EVP_DigestInit_ex2(context, algorithm(kind), nullptr) == 1);
}

void update_hash(EVP_MD_CTX* context, std::string_view bytes) {
  PENSTOCK_ASSERT(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

std::string finish_hash(EVP_MD_CTX* context) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned int size = 0;
  PENSTOCK_ASSERT(EVP_DigestFinal_ex(context, bytes.data(), &size) == 1);
  return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

uint64_t update_crc(DigestKind kind, uint64_t crc, std::string_view bytes) {
  switch (kind) {
    case DigestKind::crc32:
      return crc32(static_cast<uint32_t>(crc), bytes);
    case DigestKind::crc32c:
      return crc32c(static_cast<uint32_t>(crc), bytes);
    default:
      return crc64nvme(crc, bytes);
  }
}

std::string finish_crc(DigestKind kind, uint64_t crc) {
  size_t size = kind == DigestKind::crc64nvme ? 8 : 4;
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<char>(crc >> (8 * i));
  return bytes;
}

}  // namespace

struct Digest::State {
  DigestKind kind;
  HashContext hash;
  uint64_t crc = 0;
};

Digest::Digest(DigestKind kind) : state_(new State{kind, nullptr, 0}) {
  if (!is_hash(kind)) return;
  state_->hash.reset(EVP_MD_CTX_new());
  start_hash(state_->hash.get(), kind);
}

Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(std::string_view bytes) {
  PENSTOCK_ASSERT(state_);
  if (state_->hash) {
    update_hash(state_->hash.get(), bytes);
  } else {
    state_->crc = update_crc(state_->kind, state_->crc, bytes);
  }
}

std::string Digest::finish() {
  PENSTOCK_ASSERT(state_);
  std::unique_ptr<State> state = std::move(state_);
  return state->hash ? finish_hash(state->hash.get()) : finish_crc(state->kind, state->crc);
}

std::string digest(DigestKind kind, std::string_view bytes) {
  if (!is_hash(kind)) return finish_crc(kind, update_crc(kind, 0, bytes));
  EVP_MD_CTX* context = thread_context(kind);
  start_hash(context, kind);
  update_hash(context, bytes);
  return finish_hash(context);
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(digest(DigestKind::sha256, bytes));
}

// RFC 2104, by hand over the thread's context: OpenSSL 3's HMAC() allocates and looks up at each call, and SigV4 needs
// five a request.
namespace {

// RFC 2104, for hashes with blocks of 64 bytes.
std::string hmac(DigestKind kind, std::string_view key, std::string_view bytes) {
  constexpr size_t block_size = 64;
  std::string hashed_key;
  if (key.size() > block_size) key = hashed_key = digest(kind, key);
  std::array<char, block_size> inner_pad;
  std::array<char, block_size> outer_pad;
  inner_pad.fill(0x36);
  outer_pad.fill(0x5c);
  for (size_t i = 0; i < key.size(); ++i) {
    inner_pad[i] = static_cast<char>(inner_pad[i] ^ key[i]);
    outer_pad[i] = static_cast<char>(outer_pad[i] ^ key[i]);
  }
  EVP_MD_CTX* context = thread_context(kind);
  start_hash(context, kind);
  update_hash(context, {inner_pad.data(), block_size});
  update_hash(context, bytes);
  std::string inner = finish_hash(context);
  start_hash(context, kind);
  update_hash(context, {outer_pad.data(), block_size});
  update_hash(context, inner);
  return finish_hash(context);
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  return hmac(DigestKind::sha256, key, bytes);
}
std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  return hmac(DigestKind::sha1, key, bytes);
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace penstock
