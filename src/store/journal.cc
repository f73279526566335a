#include "store/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/assert.h"

namespace penstock::store {

namespace {

constexpr int64_t position_frame = -1;  // the frame that holds our own notes of a running execution

struct Machine {
  int64_t id = 0;
  std::string arn;
  std::string execution_prefix;
};

void bind_optional(Statement& statement, int index, const std::optional<std::string>& text) {
  if (text) {
    statement.bind(index, *text);
  } else {
    statement.bind_null(index);
  }
}

std::optional<std::string> optional_text(const Statement& statement, int column) {
  if (statement.is_null(column)) return std::nullopt;
  return std::string(statement.text(column));
}

// A batch with its place in the journal, ready to be applied on the writer thread, once or again.
struct PlacedBatch {
  JournalPosition after;  // the position once this batch is in
  int64_t previous_row = 0;
  JournalBatch batch;
};

void insert_row(Connection& connection, const PlacedBatch& placed) {
  if (placed.batch.event_count == 0) return;
  connection
      .prepare(
          "INSERT INTO journal (id, execution, previous, first_event, events, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(1, placed.after.last_row)
      .bind(2, placed.after.execution)
      .bind(3, placed.previous_row)
      .bind(4, placed.after.events - placed.batch.event_count + 1)
      .bind(5, placed.batch.event_count)
      .bind_blob(6, placed.batch.events)
      .step();
}

void write_frames(Connection& connection, const PlacedBatch& placed) {
  ExecutionId execution = placed.after.execution;
  for (const FrameWrite& frame : placed.batch.frames) {
    if (frame.bytes) {
      connection.prepare("INSERT OR REPLACE INTO frame (execution, frame, bytes) VALUES (?1, ?2, ?3)")
          .bind(1, execution)
          .bind(2, frame.frame)
          .bind_blob(3, *frame.bytes)
          .step();
    } else {
      connection.prepare("DELETE FROM frame WHERE execution = ?1 AND frame = ?2")
          .bind(1, execution)
          .bind(2, frame.frame)
          .step();
    }
  }
  connection
      .prepare("INSERT OR REPLACE INTO frame (execution, frame, last_row, events, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind(1, execution)
      .bind(2, position_frame)
      .bind(3, placed.after.last_row)
      .bind(4, placed.after.events)
      .bind_blob(5, placed.batch.rest)
      .step();
}

void end_execution(Connection& connection, const PlacedBatch& placed) {
  const ExecutionEnd& end = *placed.batch.end;
  connection.prepare("DELETE FROM frame WHERE execution = ?1").bind(1, placed.after.execution).step();
  Statement update = connection.prepare(
      "UPDATE execution SET status = ?2, stopped = ?3, last_row = ?4, events = ?5, output = ?6, error = ?7, cause = "
      "?8, remains = ?9, details = coalesce(?10, details) WHERE id = ?1");
  update.bind(1, placed.after.execution)
      .bind(2, static_cast<int64_t>(end.status))
      .bind(3, end.stopped.microseconds)
      .bind(4, placed.after.last_row)
      .bind(5, placed.after.events)
      .bind_blob(9, end.remains);
  bind_optional(update, 6, end.output);
  bind_optional(update, 7, end.error);
  bind_optional(update, 8, end.cause);
  bind_optional(update, 10, end.details);
  update.step();
}

void apply_batch(Connection& connection, const PlacedBatch& placed) {
  insert_row(connection, placed);
  if (placed.batch.end) {
    end_execution(connection, placed);
  } else {
    write_frames(connection, placed);
  }
}

// A start on its way to the disk; shared by the writer and by those who look for it meanwhile.
struct Starting {
  NewExecution execution;
  Machine machine;
  PlacedBatch first;
  Sequence sequence = 0;
};

void insert_execution(Connection& connection, const Starting& starting) {
  const NewExecution& execution = starting.execution;
  const std::optional<ExecutionEnd>& end = starting.first.batch.end;
  Statement insert = connection.prepare(
      "INSERT INTO execution (id, machine, name, status, started, details, input, stopped, last_row, events, output, "
      "error, cause, remains) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
  insert.bind(1, starting.first.after.execution)
      .bind(2, starting.machine.id)
      .bind(3, execution.name)
      .bind(4, static_cast<int64_t>(end ? end->status : ExecutionStatus::running))
      .bind(5, execution.started.microseconds)
      .bind(6, end && end->details ? *end->details : execution.details)
      .bind(7, execution.input)
      .bind(10, end ? starting.first.after.events : int64_t{0});
  if (end) {
    insert.bind(8, end->stopped.microseconds).bind(9, starting.first.after.last_row).bind_blob(14, end->remains);
    bind_optional(insert, 11, end->output);
    bind_optional(insert, 12, end->error);
    bind_optional(insert, 13, end->cause);
  }
  insert.step();
  if (execution.map_child.run != 0) {
    connection.prepare("INSERT INTO map_child (run, execution, first_item, items) VALUES (?1, ?2, ?3, ?4)")
        .bind(1, execution.map_child.run)
        .bind(2, starting.first.after.execution)
        .bind(3, execution.map_child.first_item)
        .bind(4, execution.map_child.items)
        .step();
  }
  insert_row(connection, starting.first);
  if (!end) write_frames(connection, starting.first);
}

#define EXECUTION_COLUMNS "e.id, m.execution_prefix, m.arn, e.name, e.status, e.started, e.stopped, e.details"
#define RECORD_COLUMNS                                                                              \
  EXECUTION_COLUMNS                                                                                 \
  ", e.input, e.output, e.error, e.cause, e.remains, coalesce((SELECT f.events FROM frame f WHERE " \
  "f.execution = e.id AND f.frame = -1), e.events)"
#define FROM_EXECUTION " FROM execution e JOIN machine m ON m.id = e.machine "

void read_summary(const Statement& row, ExecutionSummary& summary) {
  summary.id = row.integer(0);
  summary.name = row.text(3);
  summary.arn = fmt::format("{}:{}", row.text(1), summary.name);
  summary.machine_arn = row.text(2);
  summary.status = static_cast<ExecutionStatus>(row.integer(4));
  summary.started = Time{row.integer(5)};
  if (!row.is_null(6)) summary.stopped = Time{row.integer(6)};
  summary.details = row.text(7);
}

ExecutionRecord read_record(const Statement& row) {
  ExecutionRecord record;
  read_summary(row, record);
  record.input = row.text(8);
  record.output = optional_text(row, 9);
  record.error = optional_text(row, 10);
  record.cause = optional_text(row, 11);
  record.remains = row.text(12);
  record.events = row.integer(13);
  return record;
}

std::optional<ExecutionRecord> find_by_id(Connection& connection, ExecutionId execution) {
  Statement row = connection.prepare("SELECT " RECORD_COLUMNS FROM_EXECUTION "WHERE e.id = ?1");
  row.bind(1, execution);
  if (!row.step()) return std::nullopt;
  return read_record(row);
}

std::optional<ExecutionId> find_id(Connection& connection, int64_t machine, std::string_view name) {
  Statement row = connection.prepare("SELECT id FROM execution WHERE machine = ?1 AND name = ?2");
  row.bind(1, machine).bind(2, name);
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

// The journal row of an execution's last durable events; 0 when there is none.
int64_t find_last_row(Connection& connection, ExecutionId execution) {
  {
    Statement running = connection.prepare("SELECT last_row FROM frame WHERE execution = ?1 AND frame = -1");
    running.bind(1, execution);
    if (running.step()) return running.integer(0);
  }
  Statement ended = connection.prepare("SELECT last_row FROM execution WHERE id = ?1");
  ended.bind(1, execution);
  return ended.step() ? ended.integer(0) : 0;
}

class SqliteJournal final : public Journal {
 public:
  explicit SqliteJournal(Database& database) : database_(database) {
    database_.read([this](Connection& connection) {
      next_execution_ = read_maximum(connection, "SELECT max(id) FROM execution") + 1;
      next_row_ = read_maximum(connection, "SELECT max(id) FROM journal") + 1;
      next_machine_ = read_maximum(connection, "SELECT max(id) FROM machine") + 1;
      Statement row = connection.prepare("SELECT id, arn, execution_prefix FROM machine WHERE retired = 0");
      while (row.step()) remember(Machine{row.integer(0), std::string(row.text(1)), std::string(row.text(2))});
    });
  }

  Outcome<JournalPosition> start(const NewExecution& execution, JournalBatch first) override;
  Sequence append(JournalPosition& position, JournalBatch batch) override;
  Sequence reopen(JournalPosition& position, const std::string& details, JournalBatch first) override;
  std::optional<JournalPosition> ended_position(ExecutionId execution) override;
  Sequence set_details(ExecutionId execution, const std::string& details) override;
  void load_running(const std::function<bool(ExecutionId, std::string_view)>& take_rest,
                    const std::function<void(RunningExecution)>& take) override;
  std::optional<RunningExecution> load(ExecutionId execution) override;
  std::optional<ExecutionRecord> find(std::string_view arn) override;
  std::optional<ExecutionRecord> find(ExecutionId execution) override;
  std::vector<ExecutionSummary> list(const ExecutionFilter& filter) override;
  int64_t count(const std::string& machine_arn, std::optional<ExecutionStatus> status) override;
  std::vector<ChildRecord> children(int64_t run, ExecutionId after, size_t count) override;
  std::vector<ChildTally> tally_children(int64_t run) override;
  std::vector<JournalRow> events(ExecutionId execution, int64_t first_event, int64_t event_count) override;
  void retire(const std::string& machine_arn) override;

 private:
  static int64_t read_maximum(Connection& connection, const char* sql) {
    Statement row = connection.prepare(sql);
    row.step();
    return row.integer(0);
  }

  void remember(Machine machine) {
    by_arn_.insert_or_assign(machine.arn, machine.execution_prefix);
    std::string prefix = machine.execution_prefix;
    machines_.insert_or_assign(std::move(prefix), std::move(machine));
  }

  Machine intern(const NewExecution& execution);
  PlacedBatch place(JournalPosition& position, JournalBatch batch);
  void forget_durable_starts();
  std::optional<Machine> machine_of(const std::string& arn);

  Database& database_;
  std::mutex mutex_;  // guards all below, and keeps ids and rows in the order of the writer's queue
  ExecutionId next_execution_ = 1;
  int64_t next_row_ = 1;
  int64_t next_machine_ = 1;
  std::unordered_map<std::string, Machine> machines_;  // by execution prefix
  std::map<std::string, std::string> by_arn_;          // to the execution prefix
  // Starts that readers of the file cannot see yet, by execution ARN. Durable ones are forgotten in bulk.
  std::unordered_map<std::string, std::shared_ptr<Starting>> starting_;
  size_t forget_at_ = 1'024;
};

// Under the lock.
Machine SqliteJournal::intern(const NewExecution& execution) {
  auto found = machines_.find(execution.execution_prefix);
  if (found != machines_.end()) return found->second;
  Machine machine{next_machine_++, execution.machine_arn, execution.execution_prefix};
  remember(machine);
  database_.write([machine](Connection& connection) {
    connection.prepare("INSERT INTO machine (id, execution_prefix, arn) VALUES (?1, ?2, ?3)")
        .bind(1, machine.id)
        .bind(2, machine.execution_prefix)
        .bind(3, machine.arn)
        .step();
  });
  return machine;
}

// Under the lock.
PlacedBatch SqliteJournal::place(JournalPosition& position, JournalBatch batch) {
  PlacedBatch placed;
  placed.previous_row = position.last_row;
  if (batch.event_count > 0) {
    position.last_row = next_row_++;
    position.events += batch.event_count;
  }
  placed.after = position;
  placed.batch = std::move(batch);
  return placed;
}

// Under the lock. Looks at all of them only when they have doubled, so that each start pays for a few.
void SqliteJournal::forget_durable_starts() {
  if (starting_.size() < forget_at_) return;
  Sequence durable = database_.last_durable();
  std::erase_if(starting_,
                [&](const auto& entry) { return entry.second->sequence != 0 && entry.second->sequence <= durable; });
  forget_at_ = std::max<size_t>(1'024, 2 * starting_.size());
}

Outcome<JournalPosition> SqliteJournal::start(const NewExecution& execution, JournalBatch first) {
  std::string arn = fmt::format("{}:{}", execution.execution_prefix, execution.name);
  Error taken{"ExecutionAlreadyExists", fmt::format("Execution Already Exists: '{}'", arn), 400, {}};
  auto starting = std::make_shared<Starting>();
  starting->execution = execution;
  std::unique_lock lock(mutex_);
  forget_durable_starts();
  auto [claim, fresh] = starting_.try_emplace(arn, starting);
  if (!fresh) return taken;
  starting->machine = intern(execution);
  if (!execution.name_is_fresh) {
    // The name is claimed; what the file has is looked up without the lock. A start that was forgotten is in the file.
    lock.unlock();
    std::optional<ExecutionId> found;
    database_.read([&](Connection& connection) { found = find_id(connection, starting->machine.id, execution.name); });
    lock.lock();
    if (found) {
      starting_.erase(arn);
      return taken;
    }
  }
  JournalPosition position{next_execution_++, 0, 0};
  starting->first = place(position, std::move(first));
  starting->sequence = database_.write([starting](Connection& connection) { insert_execution(connection, *starting); });
  return position;
}

Sequence SqliteJournal::append(JournalPosition& position, JournalBatch batch) {
  std::lock_guard lock(mutex_);
  return database_.write(
      [placed = place(position, std::move(batch))](Connection& connection) { apply_batch(connection, placed); });
}

Sequence SqliteJournal::reopen(JournalPosition& position, const std::string& details, JournalBatch first) {
  std::lock_guard lock(mutex_);
  return database_.write([placed = place(position, std::move(first)), details](Connection& connection) {
    connection
        .prepare(
            "UPDATE execution SET status = 0, stopped = NULL, output = NULL, error = NULL, cause = NULL, remains = "
            "NULL, details = ?2 WHERE id = ?1")
        .bind(1, placed.after.execution)
        .bind(2, details)
        .step();
    apply_batch(connection, placed);
  });
}

std::optional<JournalPosition> SqliteJournal::ended_position(ExecutionId execution) {
  std::optional<JournalPosition> position;
  database_.read([&](Connection& connection) {
    Statement row = connection.prepare("SELECT last_row, events FROM execution WHERE id = ?1 AND status <> 0");
    row.bind(1, execution);
    if (row.step()) position = JournalPosition{execution, row.integer(0), row.integer(1)};
  });
  return position;
}

Sequence SqliteJournal::set_details(ExecutionId execution, const std::string& details) {
  return database_.write([execution, details](Connection& connection) {
    connection.prepare("UPDATE execution SET details = ?2 WHERE id = ?1").bind(1, execution).bind(2, details).step();
  });
}

namespace {

// Hands over the execution with its frames, when it runs.
void load_one(Connection& connection, ExecutionId execution, const std::function<void(RunningExecution)>& take) {
  RunningExecution running;
  {
    Statement row =
        connection.prepare("SELECT frame, last_row, events, bytes FROM frame WHERE execution = ?1 ORDER BY frame");
    row.bind(1, execution);
    while (row.step()) {
      if (row.integer(0) == position_frame) {
        running.position = {execution, row.integer(1), row.integer(2)};
      } else {
        running.frames.push_back({row.integer(0), std::string(row.text(3))});
      }
    }
  }
  if (running.position.execution == 0) return;
  std::optional<ExecutionRecord> record = find_by_id(connection, execution);
  PENSTOCK_ASSERT(record);
  running.record = std::move(*record);
  take(std::move(running));
}

}  // namespace

void SqliteJournal::load_running(const std::function<bool(ExecutionId, std::string_view)>& take_rest,
                                 const std::function<void(RunningExecution)>& take) {
  database_.read([&](Connection& connection) {
    std::vector<ExecutionId> others;
    {
      Statement row = connection.prepare("SELECT execution, bytes FROM frame WHERE frame = -1 ORDER BY execution");
      while (row.step()) {
        std::string_view rest = row.text(1);
        if (rest.empty() || !take_rest(row.integer(0), rest)) others.push_back(row.integer(0));
      }
    }
    for (ExecutionId execution : others) load_one(connection, execution, take);
  });
}

std::optional<RunningExecution> SqliteJournal::load(ExecutionId execution) {
  std::optional<RunningExecution> found;
  database_.read([&](Connection& connection) {
    load_one(connection, execution, [&](RunningExecution one) { found = std::move(one); });
  });
  return found;
}

std::optional<ExecutionRecord> SqliteJournal::find(std::string_view arn) {
  size_t colon = arn.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  int64_t machine = 0;
  {
    std::lock_guard lock(mutex_);
    auto starting = starting_.find(std::string(arn));
    // One that is durable by now may have gone on: the file knows better.
    if (starting != starting_.end() &&
        (starting->second->sequence == 0 || starting->second->sequence > database_.last_durable())) {
      const Starting& found = *starting->second;
      ExecutionRecord record;
      record.id = found.first.after.execution;
      record.arn = arn;
      record.machine_arn = found.machine.arn;
      record.name = found.execution.name;
      record.started = found.execution.started;
      record.details = found.execution.details;
      record.input = found.execution.input;
      return record;
    }
    auto known = machines_.find(std::string(arn.substr(0, colon)));
    if (known == machines_.end()) return std::nullopt;
    machine = known->second.id;
  }
  std::optional<ExecutionRecord> record;
  database_.read([&](Connection& connection) {
    std::optional<ExecutionId> execution = find_id(connection, machine, arn.substr(colon + 1));
    if (execution) record = find_by_id(connection, *execution);
  });
  return record;
}

std::optional<ExecutionRecord> SqliteJournal::find(ExecutionId execution) {
  std::optional<ExecutionRecord> record;
  database_.read([&](Connection& connection) { record = find_by_id(connection, execution); });
  return record;
}

std::optional<Machine> SqliteJournal::machine_of(const std::string& arn) {
  std::lock_guard lock(mutex_);
  auto prefix = by_arn_.find(arn);
  if (prefix == by_arn_.end()) return std::nullopt;
  return machines_.at(prefix->second);
}

std::vector<ExecutionSummary> SqliteJournal::list(const ExecutionFilter& filter) {
  std::vector<ExecutionSummary> summaries;
  ExecutionId before = filter.before.value_or(std::numeric_limits<int64_t>::max());
  auto read = [&](Statement& row) {
    while (row.step()) read_summary(row, summaries.emplace_back());
  };
  auto count_max = static_cast<int64_t>(std::min<size_t>(filter.count, std::numeric_limits<int64_t>::max()));
  if (filter.map_run != 0) {
    database_.read([&](Connection& connection) {
      Statement row = connection.prepare("SELECT " EXECUTION_COLUMNS
                                         " FROM map_child c JOIN execution e ON e.id = c.execution "
                                         "JOIN machine m ON m.id = e.machine WHERE c.run = ?1 AND c.execution < ?2 "
                                         "AND (?3 IS NULL OR e.status = ?3) ORDER BY c.execution DESC LIMIT ?4");
      row.bind(1, filter.map_run).bind(2, before).bind(4, count_max);
      if (filter.status) row.bind(3, static_cast<int64_t>(*filter.status));
      read(row);
    });
    return summaries;
  }
  if (filter.machine_arn.empty()) {
    database_.read([&](Connection& connection) {
      Statement row = connection.prepare(
          "SELECT " EXECUTION_COLUMNS FROM_EXECUTION
          "WHERE e.id < ?1 AND m.retired = 0 AND (?2 IS NULL OR e.status = ?2) ORDER BY e.id DESC LIMIT ?3");
      row.bind(1, before).bind(3, count_max);
      if (filter.status) row.bind(2, static_cast<int64_t>(*filter.status));
      read(row);
    });
    return summaries;
  }
  std::optional<Machine> machine = machine_of(filter.machine_arn);
  if (!machine) return summaries;
  database_.read([&](Connection& connection) {
    if (filter.status) {
      Statement row =
          connection.prepare("SELECT " EXECUTION_COLUMNS FROM_EXECUTION
                             "WHERE e.machine = ?1 AND e.status = ?2 AND e.id < ?3 ORDER BY e.id DESC LIMIT ?4");
      row.bind(1, machine->id).bind(2, static_cast<int64_t>(*filter.status)).bind(3, before).bind(4, count_max);
      read(row);
    } else {
      Statement row = connection.prepare("SELECT " EXECUTION_COLUMNS FROM_EXECUTION
                                         "WHERE e.machine = ?1 AND e.id < ?2 ORDER BY e.id DESC LIMIT ?3");
      row.bind(1, machine->id).bind(2, before).bind(3, count_max);
      read(row);
    }
  });
  return summaries;
}

int64_t SqliteJournal::count(const std::string& machine_arn, std::optional<ExecutionStatus> status) {
  std::optional<Machine> machine = machine_of(machine_arn);
  if (!machine) return 0;
  int64_t executions = 0;
  database_.read([&](Connection& connection) {
    Statement row = status ? connection.prepare("SELECT count(*) FROM execution WHERE machine = ?1 AND status = ?2")
                           : connection.prepare("SELECT count(*) FROM execution WHERE machine = ?1");
    row.bind(1, machine->id);
    if (status) row.bind(2, static_cast<int64_t>(*status));
    row.step();
    executions = row.integer(0);
  });
  return executions;
}

std::vector<JournalRow> SqliteJournal::events(ExecutionId execution, int64_t first_event, int64_t event_count) {
  std::vector<JournalRow> rows;
  database_.read([&](Connection& connection) {
    // From the last row back to the one where `first_event` lies; the bytes of rows that are only passed are not read.
    int64_t id = find_last_row(connection, execution);
    while (id != 0) {
      Statement head = connection.prepare("SELECT previous, first_event, events FROM journal WHERE id = ?1");
      head.bind(1, id);
      PENSTOCK_ASSERT(head.step());
      JournalRow row{head.integer(1), head.integer(2), {}};
      if (row.first_event < first_event + event_count && row.first_event + row.event_count > first_event) {
        Statement body = connection.prepare("SELECT bytes FROM journal WHERE id = ?1");
        body.bind(1, id);
        body.step();
        row.events = body.text(0);
        rows.push_back(std::move(row));
      }
      if (head.integer(1) <= first_event) break;
      id = head.integer(0);
    }
  });
  std::reverse(rows.begin(), rows.end());
  return rows;
}

std::vector<ChildRecord> SqliteJournal::children(int64_t run, ExecutionId after, size_t count) {
  std::vector<ChildRecord> found;
  database_.read([&](Connection& connection) {
    Statement row =
        connection.prepare("SELECT " RECORD_COLUMNS
                           ", c.first_item, c.items FROM map_child c JOIN execution e ON e.id = c.execution "
                           "JOIN machine m ON m.id = e.machine "
                           "WHERE c.run = ?1 AND c.execution > ?2 ORDER BY c.execution LIMIT ?3");
    row.bind(1, run).bind(2, after).bind(3, static_cast<int64_t>(count));
    while (row.step()) {
      ChildRecord& child = found.emplace_back();
      static_cast<ExecutionRecord&>(child) = read_record(row);
      child.place = {run, row.integer(14), row.integer(15)};
    }
  });
  return found;
}

std::vector<ChildTally> SqliteJournal::tally_children(int64_t run) {
  std::vector<ChildTally> tally;
  database_.read([&](Connection& connection) {
    Statement row = connection.prepare(
        "SELECT e.status, count(*), sum(c.items), max(e.id) FROM map_child c JOIN execution e ON e.id = c.execution "
        "WHERE c.run = ?1 GROUP BY e.status, CASE e.status WHEN ?2 THEN e.id ELSE 0 END");
    row.bind(1, run);
    row.bind(2, static_cast<int64_t>(ExecutionStatus::running));
    while (row.step())
      tally.push_back({static_cast<ExecutionStatus>(row.integer(0)), row.integer(1), row.integer(2), row.integer(3)});
  });
  return tally;
}

void SqliteJournal::retire(const std::string& machine_arn) {
  std::lock_guard lock(mutex_);
  std::vector<int64_t> ids;
  for (auto machine = by_arn_.lower_bound(machine_arn); machine != by_arn_.end(); ++machine) {
    if (!machine->first.starts_with(machine_arn)) break;
    if (machine->first.size() == machine_arn.size() || machine->first[machine_arn.size()] == '/')
      ids.push_back(machines_.at(machine->second).id);
  }
  for (int64_t id : ids) {
    std::erase_if(by_arn_, [&](const auto& entry) { return machines_.at(entry.second).id == id; });
    std::erase_if(machines_, [&](const auto& entry) { return entry.second.id == id; });
    // A start of the retired machine that is still being written does not hold its name any longer.
    std::erase_if(starting_, [&](const auto& entry) { return entry.second->machine.id == id; });
    database_.write([id](Connection& connection) {
      connection.prepare("UPDATE machine SET retired = 1 WHERE id = ?1").bind(1, id).step();
    });
  }
}

}  // namespace

std::unique_ptr<Journal> Journal::open(Database& database) {
  return std::make_unique<SqliteJournal>(database);
}

}  // namespace penstock::store
