// AES-256-GCM (NIST SP 800-38D) by OpenSSL: secrecy and integrity in one. A nonce may be used only once with a key.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

inline constexpr size_t cipher_key_bytes = 32;
inline constexpr size_t cipher_nonce_bytes = 12;
inline constexpr size_t cipher_tag_bytes = 16;  // what sealing adds to a text

// The sealed form of `plain`: as many bytes, then the tag. `bound` is not in it, but must be the same to open it.
std::string seal(std::string_view key, std::string_view nonce, std::string_view plain, std::string_view bound = {});
// The same, appended to `out`.
void append_sealed(std::string& out, std::string_view key, std::string_view nonce, std::string_view plain,
                   std::string_view bound = {});
// The text again; nothing when the key, the nonce or `bound` is another, or a byte was changed.
std::optional<std::string> unseal(std::string_view key, std::string_view nonce, std::string_view sealed,
                                  std::string_view bound = {});

}  // namespace penstock
