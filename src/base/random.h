// Random: where randomness comes from, seeded in tests and simulation.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

namespace penstock {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;     // 64 uniform bits; safe from several threads
  double uniform();                // in [0, 1)
  uint64_t below(uint64_t bound);  // in [0, bound), bound > 0
  std::string uuid();              // RFC 4122 version 4, lower case
  std::string text(size_t length, std::string_view alphabet);
};

class SystemRandom final : public Random {  // the kernel's generator, good for keys
 public:
  uint64_t next() override;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  uint64_t next() override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace penstock
