#include "core/job/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/encoding.h"

namespace penstock::job {

namespace {

constexpr size_t flush_bytes = 64 * 1024;
constexpr int reads_a_round = 8;

// "MICROSECONDS HOST STREAM TEXT"; false when it is not one.
bool read_event(std::string_view line, LogEvent& event) {
  const char* end = line.data() + line.size();
  auto [after_time, time_error] = std::from_chars(line.data(), end, event.time.microseconds);
  if (time_error != std::errc() || after_time == end || *after_time != ' ') return false;
  auto [after_host, host_error] = std::from_chars(after_time + 1, end, event.host);
  if (host_error != std::errc() || end - after_host < 3 || *after_host != ' ') return false;
  event.error = after_host[1] == 'e';
  event.text.assign(after_host + 3, end);
  return true;
}

}  // namespace

LogFile::LogFile(const Clock& clock, const std::string& path, int64_t bytes_max)
    : clock_(clock),
      descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
      bytes_max_(bytes_max) {}

LogFile::~LogFile() {
  flush();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LogFile::append(int host, bool error, std::string_view text) {
  if (full_) return;
  if (bytes_ + static_cast<int64_t>(pending_.size()) > bytes_max_) {
    full_ = true;
    pending_ += fmt::format("{} {} e penstock: the log of this job is bounded at {} bytes; what follows is dropped\n",
                            clock_.now().microseconds, host, bytes_max_);
    return flush();
  }
  fmt::format_to(std::back_inserter(pending_), "{} {} {} ", clock_.now().microseconds, host, error ? 'e' : 'o');
  pending_.append(text).push_back('\n');
  if (pending_.size() >= flush_bytes) flush();
}

void LogFile::flush() {
  std::string_view rest = pending_;
  while (!rest.empty() && descriptor_ >= 0) {
    ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      full_ = true;  // the disk refuses: the job goes on without its log
      break;
    }
    bytes_ += count;
    rest.remove_prefix(static_cast<size_t>(count));
  }
  pending_.clear();
}

std::vector<LogEvent> LogReader::next(size_t bytes_max) {
  std::vector<LogEvent> events;
  int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return events;
  std::string text(bytes_max + log_line_bytes_max + 64, '\0');
  size_t used = 0;
  while (used < text.size()) {
    ssize_t count = ::pread(file, text.data() + used, text.size() - used, static_cast<off_t>(offset_ + used));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    used += static_cast<size_t>(count);
  }
  ::close(file);
  std::string_view rest(text.data(), used);
  size_t taken = 0;
  for (size_t end; taken < bytes_max && (end = rest.find('\n', taken)) != std::string_view::npos; taken = end + 1) {
    LogEvent event;
    if (read_event(rest.substr(taken, end - taken), event)) events.push_back(std::move(event));
  }
  offset_ += taken;
  return events;
}

bool LinePump::pump(LogFile& log) {
  std::array<char, 64 * 1024> buffer;
  for (int round = 0; round < reads_a_round; ++round) {
    ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    std::string_view bytes(buffer.data(), static_cast<size_t>(count));
    while (!bytes.empty()) {
      size_t end = bytes.find('\n');
      size_t room = log_line_bytes_max - partial_.size();
      size_t length = std::min(end, std::min(room, bytes.size()));
      partial_.append(bytes.substr(0, length));
      bytes.remove_prefix(length);
      bool line_ends = !bytes.empty() && bytes.front() == '\n';
      if (line_ends) bytes.remove_prefix(1);
      if (!line_ends && partial_.size() < log_line_bytes_max) break;
      take(log, partial_);
      partial_.clear();
    }
  }
  return true;
}

void LinePump::finish(LogFile& log) {
  if (!partial_.empty()) take(log, partial_);
  partial_.clear();
}

void LinePump::take(LogFile& log, std::string_view line) {
  std::string text = is_valid_utf8(line) ? std::string(line) : as_utf8(line);
  log.append(host_, error_, text);
  last_.push_back(std::move(text));
  if (last_.size() > last_error_lines) last_.pop_front();
}

std::string as_utf8(std::string_view text) {
  std::string valid;
  for (size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    std::string_view character = text.substr(i, length);
    if (lead < 0xf8 && character.size() == length && is_valid_utf8(character)) {
      valid.append(character);
      i += length;
    } else {
      valid.append("\xef\xbf\xbd");
      ++i;
    }
  }
  return valid;
}

}  // namespace penstock::job
