#include "core/job/process_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fts.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "base/encoding.h"

namespace penstock::job {

namespace {

constexpr size_t processes_looked_at_max = 20'000;
constexpr int rounds_of_killing_max = 50;

std::string read_small_file(const std::string& path) {
  std::string text;
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  std::array<char, 4096> buffer;
  for (ssize_t count; (count = ::read(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  ::close(file);
  return text;
}

void append_children(pid_t process, std::vector<pid_t>& found) {
  std::error_code error;
  std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", process), error);
  if (error) return;
  for (auto task = std::filesystem::begin(tasks); task != std::filesystem::end(tasks); task.increment(error)) {
    if (error) return;
    std::string text = read_small_file(task->path().string() + "/children");
    for (std::string_view word : split(text, ' ')) {
      pid_t child = 0;
      std::from_chars(word.data(), word.data() + word.size(), child);
      if (child > 0) found.push_back(child);
    }
  }
}

// The sum of the lines "NAME:   123 kB" whose name is one of `names`, in bytes.
int64_t sum_of_lines(const std::string& text, const std::vector<std::string_view>& names) {
  int64_t sum = 0;
  for (std::string_view line : split(text, '\n')) {
    for (std::string_view name : names) {
      if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') continue;
      std::string_view number = trim(line.substr(name.size() + 1));
      int64_t kibibytes = 0;
      std::from_chars(number.data(), number.data() + number.size(), kibibytes);
      sum += kibibytes * 1024;
    }
  }
  return sum;
}

}  // namespace

std::vector<pid_t> descendants(pid_t process) {
  std::vector<pid_t> found = {process};
  for (size_t i = 0; i < found.size() && found.size() < processes_looked_at_max; ++i) append_children(found[i], found);
  return found;
}

void kill_descendants(pid_t process) {
  for (int round = 0; round < rounds_of_killing_max; ++round) {
    std::vector<pid_t> found = descendants(process);
    if (found.size() <= 1) return;
    for (size_t i = 1; i < found.size(); ++i) ::kill(found[i], SIGKILL);
  }
}

int64_t memory_in_use(pid_t process, int64_t doubtful_above) {
  std::vector<pid_t> found = descendants(process);
  int64_t sum = 0;
  for (pid_t one : found)
    sum += sum_of_lines(read_small_file(fmt::format("/proc/{}/status", one)), {"RssAnon", "RssShmem"});
  if (sum <= doubtful_above) return sum;
  int64_t proportional = 0;
  for (pid_t one : found) {
    proportional += sum_of_lines(read_small_file(fmt::format("/proc/{}/smaps_rollup", one)), {"Pss_Anon", "Pss_Shmem"});
  }
  return proportional > 0 ? proportional : sum;
}

int64_t disk_in_use(const std::string& folder, int64_t enough) {
  std::string path = folder;
  std::array<char*, 2> roots = {path.data(), nullptr};
  FTS* walk = ::fts_open(roots.data(), FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, nullptr);
  if (walk == nullptr) return 0;
  int64_t bytes = 0;
  while (FTSENT* entry = ::fts_read(walk)) {
    if (entry->fts_info == FTS_F || entry->fts_info == FTS_D) bytes += entry->fts_statp->st_blocks * 512;
    if (bytes > enough) break;
  }
  ::fts_close(walk);
  return bytes;
}

}  // namespace penstock::job
