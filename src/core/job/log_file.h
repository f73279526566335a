// LogFile: what a job printed, JOBDIR/log: one line of text an event, "MICROSECONDS HOST STREAM TEXT" (host counts from
// 0, stream is o or e), bounded in size. The supervisor writes it, the server reads on where it had stopped.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/time.h"

namespace penstock::job {

inline constexpr size_t log_line_bytes_max = 32 * 1024;  // a longer line becomes several events
inline constexpr size_t last_error_lines = 20;

struct LogEvent {
  Time time;
  int host = 0;
  bool error = false;  // standard error
  std::string text;
};

class LogFile {
 public:
  // Appends to `path`, at most `bytes_max`; then one line says so and the rest is counted and dropped.
  LogFile(const Clock& clock, const std::string& path, int64_t bytes_max);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  void append(int host, bool error, std::string_view text);
  void flush();

 private:
  const Clock& clock_;
  int descriptor_;
  int64_t bytes_max_;
  int64_t bytes_ = 0;
  bool full_ = false;
  std::string pending_;
};

// Reads events from a log file as it grows.
class LogReader {
 public:
  explicit LogReader(std::string path, uint64_t offset = 0) : path_(std::move(path)), offset_(offset) {}
  // The next whole lines, at most about `bytes_max`; empty at the end. Lines that are not ours are skipped.
  std::vector<LogEvent> next(size_t bytes_max);
  uint64_t offset() const { return offset_; }

 private:
  std::string path_;
  uint64_t offset_;
};

// One pipe of a host: cuts bytes into lines of valid UTF-8, keeps the last ones.
class LinePump {
 public:
  LinePump(int descriptor, int host, bool error) : descriptor_(descriptor), host_(host), error_(error) {}
  // Reads what is there (bounded, so that one host cannot starve the others) into `log`. False at the end of the pipe.
  bool pump(LogFile& log);
  void finish(LogFile& log);  // the unfinished last line
  int descriptor() const { return descriptor_; }
  int host() const { return host_; }
  bool is_error() const { return error_; }
  const std::deque<std::string>& last_lines() const { return last_; }

 private:
  void take(LogFile& log, std::string_view line);

  int descriptor_;
  int host_;
  bool error_;
  std::string partial_;
  std::deque<std::string> last_;
};

// `text` with each byte that is not UTF-8 replaced by U+FFFD.
std::string as_utf8(std::string_view text);

}  // namespace penstock::job
