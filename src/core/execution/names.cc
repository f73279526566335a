#include "core/execution/names.h"

#include "base/assert.h"
#include "base/encoding.h"

namespace penstock::execution {

std::string with_kind(std::string_view machine_arn, std::string_view kind) {
  constexpr std::string_view marker = ":stateMachine:";
  size_t place = machine_arn.find(marker);
  PENSTOCK_ASSERT(place != std::string_view::npos);
  std::string arn(machine_arn.substr(0, place + 1));
  return arn.append(kind).append(":").append(machine_arn.substr(place + marker.size()));
}

std::string dashed(const std::string& hex) {
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

std::string fresh_name(Time now, Random& random) {
  uint64_t high = static_cast<uint64_t>(now.milliseconds()) << 16 | 0x7000 | (random.next() & 0x0fff);
  uint64_t low = (random.next() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  std::string bytes;
  for (uint64_t half : {high, low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(half >> shift & 0xff));
  }
  return dashed(to_hex(bytes));
}

}  // namespace penstock::execution
