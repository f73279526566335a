#include "core/job/instance.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "base/encoding.h"

namespace penstock::job {

namespace {

// GiB of memory for each virtual CPU.
struct Family {
  std::string_view name;
  double memory_per_core;
};

constexpr std::array<Family, 34> families = {{
    {"t2", 4},   {"t3", 4},     {"m4", 4},   {"m5", 4},     {"m5d", 4},    {"m6i", 4},    {"m6id", 4},
    {"m6g", 4},  {"m7i", 4},    {"m7g", 4},  {"c4", 1.875}, {"c5", 2},     {"c5d", 2},    {"c5n", 2.625},
    {"c6i", 2},  {"c6id", 2},   {"c6g", 2},  {"c7i", 2},    {"c7g", 2},    {"r5", 8},     {"r5d", 8},
    {"r6i", 8},  {"r6id", 8},   {"r7i", 8},  {"x1", 15.25}, {"p2", 15.25}, {"p3", 7.625}, {"p3dn", 8},
    {"p4d", 12}, {"p5", 10.67}, {"g4dn", 4}, {"g5", 4},     {"g6", 4},     {"inf1", 2},
}};

int cores_of_size(std::string_view size) {
  if (size == "medium" || size == "large") return 2;
  if (size == "xlarge") return 4;
  int times = 0;
  auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), times);
  if (error != std::errc() || std::string_view(end, static_cast<size_t>(size.data() + size.size() - end)) != "xlarge")
    return 0;
  return 4 * times;
}

}  // namespace

std::optional<Instance> find_instance(std::string_view type) {
  std::vector<std::string_view> parts = split(type, '.');
  if (parts.size() != 3 || parts[0] != "ml") return std::nullopt;
  int cores = cores_of_size(parts[2]);
  if (cores == 0) return std::nullopt;
  for (const Family& family : families) {
    if (family.name != parts[1]) continue;
    double memory_per_core = parts[2] == "medium" ? 2 : family.memory_per_core;
    return Instance{cores, static_cast<int64_t>(memory_per_core * cores * (1LL << 30))};
  }
  return std::nullopt;
}

std::string network_interface() {
  return ::access("/sys/class/net/eth0", F_OK) == 0 ? "eth0" : "lo";
}

int64_t machine_memory_bytes() {
  int64_t pages = ::sysconf(_SC_PHYS_PAGES);
  int64_t page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? pages * page : 0;
}

}  // namespace penstock::job
