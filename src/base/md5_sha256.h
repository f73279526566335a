// Md5Sha256: the MD5 and the SHA-256 of one content, computed together. MD5 is one long chain of dependent steps that
// leaves most of a core idle; where the processor has SHA instructions, SHA-256 fits into that idle time, so that both
// take no longer than MD5 alone. Elsewhere it is OpenSSL's two, one after the other.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace penstock {

class Md5Sha256 {
 public:
  struct Result {
    std::string md5;     // 16 raw bytes
    std::string sha256;  // 32 raw bytes
  };

  Md5Sha256();
  Md5Sha256(Md5Sha256&&) noexcept;
  Md5Sha256& operator=(Md5Sha256&&) noexcept;
  ~Md5Sha256();
  void update(std::string_view bytes);
  Result finish();  // the object may not be used after it

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock
