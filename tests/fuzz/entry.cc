// libFuzzer's entry of one target: compiled once for each, with PENSTOCK_FUZZ_TARGET as its name.
#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  penstock::fuzz::PENSTOCK_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
