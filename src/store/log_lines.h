// LogLines: log groups, their streams and the lines in them (CloudWatch Logs' model). Groups and streams are held in
// memory and seen at once; lines are read from the file once they are durable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "store/database.h"

namespace penstock::store {

// Each region has its own groups: the same name in two regions means two groups.
struct LogGroupName {
  std::string region;
  std::string name;
  friend auto operator<=>(const LogGroupName&, const LogGroupName&) = default;
};

struct LogStream {
  std::string name;
  Time created;
  std::optional<Time> first_event, last_event, last_ingestion;  // none before the first line
  int64_t bytes = 0;                                            // of messages, with AWS's 26 bytes for each line
};

struct LogGroup {
  LogGroupName name;
  Time created;
  std::optional<int64_t> retention_days;
  Json tags = Json::object();
  int64_t bytes = 0;  // sum over its streams
  int64_t streams = 0;
};

struct LogLine {
  Time time;  // milliseconds count; what is finer is kept but not served by AWS's API
  std::string message;
};

// A place between lines: after the line (time, id), or before it when reading backwards. Ids grow in order of arrival.
struct LogPosition {
  int64_t time = 0;  // microseconds
  int64_t id = 0;
  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

struct LogEvent {
  LogPosition position;
  Time ingested;
  std::string stream;
  std::string message;
};

enum class LogResult { done, no_group, no_stream, exists };

// Which lines: start <= time < end.
struct LogWindow {
  Time start{INT64_MIN};
  Time end{INT64_MAX};
};

class LogLines {
 public:
  virtual ~LogLines() = default;
  static std::unique_ptr<LogLines> open(Database& database);

  virtual LogResult create_group(const LogGroupName& name, Time now, const Json& tags = Json::object()) = 0;
  virtual LogResult delete_group(const LogGroupName& name) = 0;
  virtual std::optional<LogGroup> group(const LogGroupName& name) const = 0;
  // Those of a region in order of name, after `after`.
  virtual std::vector<LogGroup> groups(std::string_view region, std::string_view prefix = {},
                                       std::string_view after = {}, size_t count = SIZE_MAX) const = 0;
  // Edits retention and tags in one step; other members are not written.
  virtual LogResult update_group(const LogGroupName& name, const std::function<void(LogGroup&)>& edit) = 0;

  virtual LogResult create_stream(const LogGroupName& group, const std::string& name, Time now) = 0;
  virtual LogResult delete_stream(const LogGroupName& group, std::string_view name) = 0;
  virtual std::optional<LogStream> stream(const LogGroupName& group, std::string_view name) const = 0;
  virtual std::vector<LogStream> streams(const LogGroupName& group, std::string_view prefix = {},
                                         std::string_view after = {}, size_t count = SIZE_MAX) const = 0;

  // Appends lines to a stream that is there; no_group or no_stream otherwise.
  virtual LogResult append(const LogGroupName& group, std::string_view stream, std::vector<LogLine> lines,
                           Time now) = 0;
  // The same for those who write of themselves (jobs): makes group and stream when they are absent.
  void append_making(const LogGroupName& group, const std::string& stream, std::vector<LogLine> lines, Time now);

  // Lines of one stream in order of time, then arrival: the first ones after `from` (none: from the start), or, when
  // `backwards`, the last ones before `from` (none: from the end), newest first.
  virtual std::vector<LogEvent> read(const LogGroupName& group, std::string_view stream, LogWindow window,
                                     std::optional<LogPosition> from, bool backwards, size_t count) = 0;
  // Lines of several streams (by name; empty: all) merged in order of time, after `from`, until `visit` returns false;
  // or, when `backwards`, newest first, before `from`. `visit` must not read the store.
  virtual void scan(const LogGroupName& group, const std::vector<std::string>& streams, LogWindow window,
                    std::optional<LogPosition> from, bool backwards,
                    const std::function<bool(const LogEvent&)>& visit) = 0;

  // Removes the lines that are older than their group's retention. Appending to a group does so too, about once an
  // hour; readers hide such lines by their window.
  virtual void expire(Time now) = 0;
};

}  // namespace penstock::store
