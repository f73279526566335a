#include "base/available_memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace penstock {

namespace {

// The number behind `name` in a text of lines "name: 12 kB" or "name 12"; an empty name: the text's first.
std::optional<uint64_t> number_behind(std::string_view text, std::string_view name) {
  size_t at = text.starts_with(name) ? 0 : text.find("\n" + std::string(name));
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find_first_not_of("\n: \t", text.find(name, at) + name.size());
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t number = 0;
  const auto read = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<uint64_t> number_in(Disk& disk, const std::string& path, std::string_view name = "") {
  const auto text = disk.read_file(path);
  return text ? number_behind(*text, name) : std::nullopt;
}

// What one control group leaves; nullopt when it has no bound.
std::optional<uint64_t> left_by(Disk& disk, const std::string& group) {
  const auto most = number_in(disk, group + "/memory.max");
  const auto now = number_in(disk, group + "/memory.current");
  if (!most || !now) return std::nullopt;
  const uint64_t files = number_in(disk, group + "/memory.stat", "inactive_file").value_or(0);
  const uint64_t held = *now - std::min(*now, files);
  return *most - std::min(*most, held);
}

// What a resource limit leaves of what /proc/self/statm counts in that column, in pages.
std::optional<uint64_t> left_by(Disk& disk, __rlimit_resource resource, size_t column) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  const auto text = disk.read_file("/proc/self/statm");
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  for (; column > 0; --column) rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
  const uint64_t used = number_behind(rest, "").value_or(0) * 4096;
  return limit.rlim_cur - std::min<uint64_t>(limit.rlim_cur, used);
}

}  // namespace

std::optional<uint64_t> available_memory(Disk& disk) {
  std::optional<uint64_t> least;
  const auto consider = [&](std::optional<uint64_t> bytes) {
    if (bytes && (!least || *bytes < *least)) least = bytes;
  };
  if (const auto kilobytes = number_in(disk, "/proc/meminfo", "MemAvailable")) consider(*kilobytes * 1024);
  if (const auto groups = disk.read_file("/proc/self/cgroup")) {
    // "0::/a/b": every group on the way has its own bound.
    const size_t at = groups->find("0::/");
    std::string group = at == std::string::npos ? "" : groups->substr(at + 3, groups->find('\n', at) - at - 3);
    for (;; group.resize(group.rfind('/'))) {
      if (group.ends_with('/')) group.pop_back();
      consider(left_by(disk, "/sys/fs/cgroup" + group));
      if (group.empty()) break;
    }
  }
  consider(left_by(disk, RLIMIT_AS, 0));
  consider(left_by(disk, RLIMIT_DATA, 5));
  return least;
}

}  // namespace penstock
