#include "store/log_lines.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <queue>
#include <shared_mutex>
#include <utility>

#include "base/assert.h"

namespace penstock::store {

namespace {

constexpr int64_t line_overhead_bytes = 26;         // PutLogEvents: "plus 26 bytes for each log event"
constexpr int64_t expiry_interval = 3'600'000'000;  // microseconds between two looks for expired lines of a group
constexpr int64_t reap_lines_max = 5'000;  // lines removed in one transaction, so that other writes do not wait long
constexpr size_t chunk_lines_min = 16;     // lines read at once from one of many streams; doubles up to the other
constexpr size_t chunk_lines_max = 1'024;
constexpr int64_t microseconds_per_day = 86'400'000'000;

struct Stream {
  int64_t id = 0;
  LogStream info;
};

struct Group {
  int64_t id = 0;
  LogGroup info;  // its sums are made when it is asked for
  Time expired;   // when its old lines were last removed
  std::map<std::string, Stream, std::less<>> streams;
};

std::optional<Time> optional_time(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Time{row.integer(column)};
}

void bind_time(Statement& statement, int index, const std::optional<Time>& time) {
  if (time) {
    statement.bind(index, time->microseconds);
  } else {
    statement.bind_null(index);
  }
}

LogGroup with_sums(const Group& group) {
  LogGroup info = group.info;
  info.streams = static_cast<int64_t>(group.streams.size());
  for (const auto& [name, stream] : group.streams) info.bytes += stream.info.bytes;
  return info;
}

struct Lines {
  int64_t stream = 0;
  int64_t first_id = 0;
  Time ingested;
  std::vector<LogLine> lines;
  LogStream after;  // the stream's figures once these lines are in
};

void insert_lines(Connection& connection, const Lines& lines) {
  int64_t id = lines.first_id;
  for (const LogLine& line : lines.lines) {
    connection.prepare("INSERT INTO log_line (id, stream, time, ingested, message) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(1, id++)
        .bind(2, lines.stream)
        .bind(3, line.time.microseconds)
        .bind(4, lines.ingested.microseconds)
        .bind(5, line.message)
        .step();
  }
  Statement update = connection.prepare(
      "UPDATE log_stream SET first_event = ?2, last_event = ?3, last_ingestion = ?4, bytes = ?5 WHERE id = ?1");
  update.bind(1, lines.stream).bind(5, lines.after.bytes);
  bind_time(update, 2, lines.after.first_event);
  bind_time(update, 3, lines.after.last_event);
  bind_time(update, 4, lines.after.last_ingestion);
  update.step();
}

// At most `count` lines of a stream; `sql` says in which direction.
std::vector<LogEvent> read_chunk(Connection& connection, const char* sql, int64_t stream, const std::string& name,
                                 LogWindow window, LogPosition from, size_t count) {
  std::vector<LogEvent> events;
  Statement row = connection.prepare(sql);
  row.bind(1, stream)
      .bind(2, window.start.microseconds)
      .bind(3, window.end.microseconds)
      .bind(4, from.time)
      .bind(5, from.id)
      .bind(6, static_cast<int64_t>(std::min<size_t>(count, INT64_MAX)));
  while (row.step())
    events.push_back({{row.integer(0), row.integer(1)}, Time{row.integer(2)}, name, std::string(row.text(3))});
  return events;
}

constexpr const char* forwards_sql =
    "SELECT time, id, ingested, message FROM log_line WHERE stream = ?1 AND time >= max(?2, ?4) AND time < ?3 "
    "AND (time > ?4 OR id > ?5) ORDER BY time, id LIMIT ?6";
constexpr const char* backwards_sql =
    "SELECT time, id, ingested, message FROM log_line WHERE stream = ?1 AND time >= ?2 AND time < ?3 AND time <= ?4 "
    "AND (time < ?4 OR id < ?5) ORDER BY time DESC, id DESC LIMIT ?6";

// Reads one of several streams that are merged, a chunk at a time.
struct Cursor {
  int64_t stream = 0;
  std::string name;
  LogPosition last;  // of what was read
  bool backwards = false;
  size_t chunk_lines = chunk_lines_min;
  std::vector<LogEvent> chunk;
  size_t next = 0;

  // Whether there is a line at `chunk[next]`.
  bool fill(Connection& connection, LogWindow window) {
    if (next < chunk.size()) return true;
    chunk = read_chunk(connection, backwards ? backwards_sql : forwards_sql, stream, name, window, last, chunk_lines);
    next = 0;
    chunk_lines = std::min(chunk_lines * 2, chunk_lines_max);
    if (chunk.empty()) return false;
    last = chunk.back().position;
    return true;
  }
  LogPosition position() const { return chunk[next].position; }
};

bool may_have_lines(const LogStream& stream, LogWindow window, LogPosition from, bool backwards) {
  if (!stream.first_event || *stream.first_event >= window.end || *stream.last_event < window.start) return false;
  return backwards ? stream.first_event->microseconds <= from.time : stream.last_event->microseconds >= from.time;
}

// Where a reading without a place begins.
LogPosition edge(bool backwards) {
  return backwards ? LogPosition{INT64_MAX, INT64_MAX} : LogPosition{INT64_MIN, 0};
}

// Work that goes on in further transactions, a part in each, until it is done or the store closes.
struct Reaper {
  Database* database;
  std::shared_ptr<std::atomic<bool>> closing;

  void go_on(std::function<void(Connection&)> work) const {
    if (!*closing) database->write(std::move(work));
  }

  // Deletes the lines of streams that were deleted; what a close interrupts goes on at the next open.
  void reap_deleted(Connection& connection) const {
    int64_t stream = 0;
    {
      Statement deleted = connection.prepare("SELECT id FROM log_stream WHERE log_group = 0 LIMIT 1");
      if (!deleted.step()) return;
      stream = deleted.integer(0);
    }
    if (delete_lines(connection, stream, INT64_MAX) < reap_lines_max) {
      connection.prepare("DELETE FROM log_stream WHERE id = ?1").bind(1, stream).step();
    }
    go_on([self = *this](Connection& next) { self.reap_deleted(next); });
  }

  // Deletes the lines of a stream that are older than `oldest`; the next expiry finds what a close leaves.
  void reap_expired(Connection& connection, int64_t stream, Time oldest) const {
    if (delete_lines(connection, stream, oldest.microseconds) < reap_lines_max) return;
    go_on([self = *this, stream, oldest](Connection& next) { self.reap_expired(next, stream, oldest); });
  }

 private:
  static int64_t delete_lines(Connection& connection, int64_t stream, int64_t before) {
    connection
        .prepare("DELETE FROM log_line WHERE id IN (SELECT id FROM log_line WHERE stream = ?1 AND time < ?2 LIMIT ?3)")
        .bind(1, stream)
        .bind(2, before)
        .bind(3, reap_lines_max)
        .step();
    return connection.changes();
  }
};

class SqliteLogLines final : public LogLines {
 public:
  explicit SqliteLogLines(Database& database) : database_(database) {
    bool unfinished = false;
    database_.read([&](Connection& connection) { unfinished = load(connection); });
    if (unfinished) start_reaping();
  }
  ~SqliteLogLines() override { *reaper_.closing = true; }

  LogResult create_group(const LogGroupName& name, Time now, const Json& tags) override;
  LogResult delete_group(const LogGroupName& name) override;
  std::optional<LogGroup> group(const LogGroupName& name) const override;
  std::vector<LogGroup> groups(std::string_view region, std::string_view prefix, std::string_view after,
                               size_t count) const override;
  LogResult update_group(const LogGroupName& name, const std::function<void(LogGroup&)>& edit) override;
  LogResult create_stream(const LogGroupName& group, const std::string& name, Time now) override;
  LogResult delete_stream(const LogGroupName& group, std::string_view name) override;
  std::optional<LogStream> stream(const LogGroupName& group, std::string_view name) const override;
  std::vector<LogStream> streams(const LogGroupName& group, std::string_view prefix, std::string_view after,
                                 size_t count) const override;
  LogResult append(const LogGroupName& group, std::string_view stream, std::vector<LogLine> lines, Time now) override;
  std::vector<LogEvent> read(const LogGroupName& group, std::string_view stream, LogWindow window,
                             std::optional<LogPosition> from, bool backwards, size_t count) override;
  void scan(const LogGroupName& group, const std::vector<std::string>& streams, LogWindow window,
            std::optional<LogPosition> from, bool backwards,
            const std::function<bool(const LogEvent&)>& visit) override;
  void expire(Time now) override;

 private:
  bool load(Connection& connection);
  void start_reaping() {
    database_.write([reaper = reaper_](Connection& connection) { reaper.reap_deleted(connection); });
  }
  void expire_group(Group& group, Time now);

  Database& database_;
  Reaper reaper_{&database_, std::make_shared<std::atomic<bool>>(false)};
  mutable std::shared_mutex mutex_;  // guards all below, and keeps ids in the order of the writer's queue
  std::map<LogGroupName, Group> groups_;
  int64_t next_group_ = 1;
  int64_t next_stream_ = 1;
  int64_t next_line_ = 1;
};

// True when there are deleted streams whose lines are not all gone.
bool SqliteLogLines::load(Connection& connection) {
  std::map<int64_t, Group*> by_id;
  {
    Statement row = connection.prepare("SELECT id, name, created, retention_days, tags, region FROM log_group");
    while (row.step()) {
      Group group;
      group.id = row.integer(0);
      group.info.name = {std::string(row.text(5)), std::string(row.text(1))};
      group.info.created = Time{row.integer(2)};
      if (!row.is_null(3)) group.info.retention_days = row.integer(3);
      Outcome<Json> tags = parse_json(row.text(4));
      PENSTOCK_ASSERT(tags.ok());  // we wrote it
      group.info.tags = std::move(*tags);
      next_group_ = std::max(next_group_, group.id + 1);
      LogGroupName name = group.info.name;
      Group& kept = groups_.emplace(std::move(name), std::move(group)).first->second;
      by_id.emplace(kept.id, &kept);
    }
  }
  bool unfinished = false;
  Statement row = connection.prepare(
      "SELECT id, log_group, name, created, first_event, last_event, last_ingestion, bytes FROM log_stream");
  while (row.step()) {
    Stream stream;
    stream.id = row.integer(0);
    stream.info = {std::string(row.text(2)), Time{row.integer(3)},  optional_time(row, 4),
                   optional_time(row, 5),    optional_time(row, 6), row.integer(7)};
    next_stream_ = std::max(next_stream_, stream.id + 1);
    auto group = by_id.find(row.integer(1));
    if (group == by_id.end()) {
      unfinished = true;
      continue;
    }
    std::string name = stream.info.name;
    group->second->streams.emplace(std::move(name), std::move(stream));
  }
  Statement last = connection.prepare("SELECT max(id) FROM log_line");
  last.step();
  next_line_ = last.integer(0) + 1;
  return unfinished;
}

LogResult SqliteLogLines::create_group(const LogGroupName& name, Time now, const Json& tags) {
  std::unique_lock lock(mutex_);
  auto [place, made] = groups_.try_emplace(name);
  if (!made) return LogResult::exists;
  Group& group = place->second;
  group.id = next_group_++;
  group.info.name = name;
  group.info.created = now;
  group.info.tags = tags;
  database_.write([id = group.id, name, now, text = to_string(tags)](Connection& connection) {
    connection.prepare("INSERT INTO log_group (id, name, created, tags, region) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(1, id)
        .bind(2, name.name)
        .bind(3, now.microseconds)
        .bind(4, text)
        .bind(5, name.region)
        .step();
  });
  return LogResult::done;
}

LogResult SqliteLogLines::delete_group(const LogGroupName& name) {
  std::unique_lock lock(mutex_);
  auto found = groups_.find(name);
  if (found == groups_.end()) return LogResult::no_group;
  int64_t id = found->second.id;
  groups_.erase(found);
  database_.write([id](Connection& connection) {
    connection.prepare("DELETE FROM log_group WHERE id = ?1").bind(1, id).step();
    connection.prepare("UPDATE log_stream SET log_group = 0, name = 'deleted ' || id WHERE log_group = ?1")
        .bind(1, id)
        .step();
  });
  start_reaping();
  return LogResult::done;
}

std::optional<LogGroup> SqliteLogLines::group(const LogGroupName& name) const {
  std::shared_lock lock(mutex_);
  auto found = groups_.find(name);
  if (found == groups_.end()) return std::nullopt;
  return with_sums(found->second);
}

std::vector<LogGroup> SqliteLogLines::groups(std::string_view region, std::string_view prefix, std::string_view after,
                                             size_t count) const {
  std::vector<LogGroup> listed;
  std::shared_lock lock(mutex_);
  const LogGroupName first{std::string(region), std::string(std::max(prefix, after))};
  auto group = after < prefix ? groups_.lower_bound(first) : groups_.upper_bound(first);
  for (; group != groups_.end() && listed.size() < count; ++group) {
    if (group->first.region != region || !group->first.name.starts_with(prefix)) break;
    listed.push_back(with_sums(group->second));
  }
  return listed;
}

LogResult SqliteLogLines::update_group(const LogGroupName& name, const std::function<void(LogGroup&)>& edit) {
  std::unique_lock lock(mutex_);
  auto found = groups_.find(name);
  if (found == groups_.end()) return LogResult::no_group;
  LogGroup& info = found->second.info;
  edit(info);
  info.name = found->first;
  database_.write(
      [id = found->second.id, days = info.retention_days, text = to_string(info.tags)](Connection& connection) {
        Statement update = connection.prepare("UPDATE log_group SET retention_days = ?2, tags = ?3 WHERE id = ?1");
        update.bind(1, id).bind(3, text);
        if (days) update.bind(2, *days);
        update.step();
      });
  return LogResult::done;
}

LogResult SqliteLogLines::create_stream(const LogGroupName& group, const std::string& name, Time now) {
  std::unique_lock lock(mutex_);
  auto found = groups_.find(group);
  if (found == groups_.end()) return LogResult::no_group;
  auto [place, made] = found->second.streams.try_emplace(name);
  if (!made) return LogResult::exists;
  place->second.id = next_stream_++;
  place->second.info.name = name;
  place->second.info.created = now;
  database_.write([id = place->second.id, group_id = found->second.id, name, now](Connection& connection) {
    connection.prepare("INSERT INTO log_stream (id, log_group, name, created) VALUES (?1, ?2, ?3, ?4)")
        .bind(1, id)
        .bind(2, group_id)
        .bind(3, name)
        .bind(4, now.microseconds)
        .step();
  });
  return LogResult::done;
}

LogResult SqliteLogLines::delete_stream(const LogGroupName& group, std::string_view name) {
  std::unique_lock lock(mutex_);
  auto found = groups_.find(group);
  if (found == groups_.end()) return LogResult::no_group;
  auto stream = found->second.streams.find(name);
  if (stream == found->second.streams.end()) return LogResult::no_stream;
  database_.write([id = stream->second.id](Connection& connection) {
    connection.prepare("UPDATE log_stream SET log_group = 0, name = 'deleted ' || id WHERE id = ?1").bind(1, id).step();
  });
  found->second.streams.erase(stream);
  start_reaping();
  return LogResult::done;
}

std::optional<LogStream> SqliteLogLines::stream(const LogGroupName& group, std::string_view name) const {
  std::shared_lock lock(mutex_);
  auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  auto stream = found->second.streams.find(name);
  if (stream == found->second.streams.end()) return std::nullopt;
  return stream->second.info;
}

std::vector<LogStream> SqliteLogLines::streams(const LogGroupName& group, std::string_view prefix,
                                               std::string_view after, size_t count) const {
  std::vector<LogStream> listed;
  std::shared_lock lock(mutex_);
  auto found = groups_.find(group);
  if (found == groups_.end()) return listed;
  const auto& all = found->second.streams;
  auto stream = after < prefix ? all.lower_bound(prefix) : all.upper_bound(after);
  for (; stream != all.end() && listed.size() < count && stream->first.starts_with(prefix); ++stream) {
    listed.push_back(stream->second.info);
  }
  return listed;
}

LogResult SqliteLogLines::append(const LogGroupName& group, std::string_view stream, std::vector<LogLine> lines,
                                 Time now) {
  std::unique_lock lock(mutex_);
  auto found = groups_.find(group);
  if (found == groups_.end()) return LogResult::no_group;
  auto place = found->second.streams.find(stream);
  if (place == found->second.streams.end()) return LogResult::no_stream;
  if (lines.empty()) return LogResult::done;
  LogStream& info = place->second.info;
  for (const LogLine& line : lines) {
    info.first_event = std::min(info.first_event.value_or(line.time), line.time);
    info.last_event = std::max(info.last_event.value_or(line.time), line.time);
    info.bytes += static_cast<int64_t>(line.message.size()) + line_overhead_bytes;
  }
  info.last_ingestion = now;
  if (found->second.info.retention_days && now.microseconds - found->second.expired.microseconds > expiry_interval) {
    expire_group(found->second, now);
  }
  Lines appended{place->second.id, next_line_, now, std::move(lines), info};
  next_line_ += static_cast<int64_t>(appended.lines.size());
  database_.write([appended = std::move(appended)](Connection& connection) { insert_lines(connection, appended); });
  return LogResult::done;
}

std::vector<LogEvent> SqliteLogLines::read(const LogGroupName& group, std::string_view stream, LogWindow window,
                                           std::optional<LogPosition> from, bool backwards, size_t count) {
  int64_t id = 0;
  {
    std::shared_lock lock(mutex_);
    auto found = groups_.find(group);
    if (found == groups_.end()) return {};
    auto place = found->second.streams.find(stream);
    if (place == found->second.streams.end()) return {};
    id = place->second.id;
  }
  std::vector<LogEvent> events;
  database_.read([&](Connection& connection) {
    events = read_chunk(connection, backwards ? backwards_sql : forwards_sql, id, std::string(stream), window,
                        from.value_or(edge(backwards)), count);
  });
  return events;
}

void SqliteLogLines::scan(const LogGroupName& group, const std::vector<std::string>& streams, LogWindow window,
                          std::optional<LogPosition> from, bool backwards,
                          const std::function<bool(const LogEvent&)>& visit) {
  LogPosition start = from.value_or(edge(backwards));
  std::vector<Cursor> cursors;
  {
    std::shared_lock lock(mutex_);
    auto found = groups_.find(group);
    if (found == groups_.end()) return;
    auto take = [&](const Stream& stream) {
      if (!may_have_lines(stream.info, window, start, backwards)) return;
      Cursor& cursor = cursors.emplace_back();
      cursor.stream = stream.id;
      cursor.name = stream.info.name;
      cursor.last = start;
      cursor.backwards = backwards;
    };
    for (const std::string& name : streams) {
      auto stream = found->second.streams.find(name);
      if (stream != found->second.streams.end()) take(stream->second);
    }
    if (streams.empty()) {
      for (const auto& [name, stream] : found->second.streams) take(stream);
    }
  }
  auto comes_later = [backwards](const Cursor* left, const Cursor* right) {
    return backwards ? left->position() < right->position() : left->position() > right->position();
  };
  database_.read([&](Connection& connection) {
    std::priority_queue<Cursor*, std::vector<Cursor*>, decltype(comes_later)> nearest(comes_later);
    for (Cursor& cursor : cursors) {
      if (cursor.fill(connection, window)) nearest.push(&cursor);
    }
    while (!nearest.empty()) {
      Cursor* cursor = nearest.top();
      nearest.pop();
      if (!visit(cursor->chunk[cursor->next])) return;
      ++cursor->next;
      if (cursor->fill(connection, window)) nearest.push(cursor);
    }
  });
}

void SqliteLogLines::expire(Time now) {
  std::unique_lock lock(mutex_);
  for (auto& [name, group] : groups_) {
    if (group.info.retention_days) expire_group(group, now);
  }
}

// Under the lock.
void SqliteLogLines::expire_group(Group& group, Time now) {
  group.expired = now;
  Time oldest{now.microseconds - *group.info.retention_days * microseconds_per_day};
  for (auto& [name, stream] : group.streams) {
    if (!stream.info.first_event || *stream.info.first_event >= oldest) continue;
    stream.info.first_event = std::min(oldest, *stream.info.last_event);  // near enough; the file keeps the older one
    database_.write([reaper = reaper_, id = stream.id, oldest](Connection& connection) {
      reaper.reap_expired(connection, id, oldest);
    });
  }
}

}  // namespace

std::unique_ptr<LogLines> LogLines::open(Database& database) {
  return std::make_unique<SqliteLogLines>(database);
}

// Appending takes lines of its own each time, since it may have to be tried again.
// NOLINTNEXTLINE(performance-unnecessary-value-param): callers give theirs away
void LogLines::append_making(const LogGroupName& group, const std::string& stream, std::vector<LogLine> lines,
                             Time now) {
  // Somebody may delete either between two steps, so it is tried again; each round makes what was missing.
  for (;;) {
    LogResult result = append(group, stream, lines, now);
    if (result == LogResult::done) return;
    if (result == LogResult::no_group) create_group(group, now);
    create_stream(group, stream, now);
  }
}

}  // namespace penstock::store
