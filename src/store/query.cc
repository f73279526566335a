#include "store/query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <optional>

#include "base/encoding.h"
#include "store/database.h"
#include "store/sqlite.h"
#include "store/views.h"

namespace penstock::store {

namespace {

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using OwnedStatement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Only what reads this one file: no second file (ATTACH, VACUUM INTO), no settings, no extensions.
int allow_reading(void*, int action, const char*, const char* detail, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return detail != nullptr && to_lower(detail) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

Error read_only_error() {
  return Error{"ReadOnlyQuery",
               "penstock sql only reads: give one SELECT. Change things through the API or the other commands",
               400,
               {}};
}

Error invalid(sqlite3* handle, std::string_view text) {
  std::string message(text);
  if (message.starts_with("no such table")) {
    const std::vector<View> known = views();
    std::vector<std::string_view> names;
    for (const View& view : known) names.emplace_back(view.name);
    std::string_view nearest = nearest_word(message.substr(message.rfind(' ') + 1), names);
    message += nearest.empty() ? fmt::format(". There are {}, and the tables in docs/schema.md", fmt::join(names, ", "))
                               : fmt::format(". Did you mean {}?", nearest);
  }
  if (int offset = sqlite3_error_offset(handle); offset >= 0) message += fmt::format(" (at character {})", offset + 1);
  return Error{"InvalidQuery", message, 400, {}};
}

Json value_of(sqlite3_stmt* row, int column) {
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_NULL:
      return Json();
    case SQLITE_INTEGER:
      return Json(sqlite3_column_int64(row, column));
    case SQLITE_FLOAT:
      return Json(sqlite3_column_double(row, column));
    case SQLITE_BLOB: {
      std::string_view bytes(static_cast<const char*>(sqlite3_column_blob(row, column)),
                             static_cast<size_t>(sqlite3_column_bytes(row, column)));
      return Json(fmt::format("X'{}'", to_hex(bytes)));
    }
    default: {
      const void* text = sqlite3_column_blob(row, column);
      return Json(
          std::string_view(static_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(row, column))));
    }
  }
}

Outcome<OwnedStatement> prepare_one(sqlite3* handle, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  int code = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &raw, &rest);
  OwnedStatement statement(raw);
  // SQLite words some refusals of the authorizer as plain errors.
  bool refused = code == SQLITE_AUTH || std::string_view(sqlite3_errmsg(handle)).starts_with("not authorized");
  if (code != SQLITE_OK && refused) return read_only_error();
  if (code != SQLITE_OK) return invalid(handle, sqlite3_errmsg(handle));
  if (statement == nullptr) return Error{"InvalidQuery", "there is no statement: try \"select * from runs\"", 400, {}};
  std::string_view left(rest, static_cast<size_t>(sql.data() + sql.size() - rest));
  if (!trim(left).empty()) return Error{"InvalidQuery", "one statement at a time, please", 400, {}};
  if (sqlite3_stmt_readonly(statement.get()) == 0) return read_only_error();
  return statement;
}

}  // namespace

Outcome<QueryResult> query(Disk& disk, const std::string& folder, std::string_view sql) {
  Outcome<std::unique_ptr<Database>> checked = Database::open_read_only(disk, folder);
  if (!checked) return checked.error();
  std::string file = folder + "/penstock.db";
  try {
    Connection connection(internal::open_handle(file, SQLITE_OPEN_READONLY));
    connection.execute("PRAGMA query_only=1; PRAGMA temp_store=MEMORY");
    sqlite3* handle = connection.handle();
    sqlite3_set_authorizer(handle, allow_reading, nullptr);
    Outcome<OwnedStatement> statement = prepare_one(handle, sql);
    if (!statement) return statement.error();
    sqlite3_stmt* row = statement->get();
    QueryResult result;
    int columns = sqlite3_column_count(row);
    for (int column = 0; column < columns; ++column) result.columns.emplace_back(sqlite3_column_name(row, column));
    int code = sqlite3_step(row);
    for (; code == SQLITE_ROW; code = sqlite3_step(row)) {
      std::vector<Json>& values = result.rows.emplace_back();
      for (int column = 0; column < columns; ++column) values.push_back(value_of(row, column));
    }
    if (code != SQLITE_DONE) {
      internal::SqliteFailure failure{code, sqlite3_errmsg(handle)};
      return (code & 0xff) == SQLITE_ERROR ? invalid(handle, failure.message) : internal::to_error(failure, file);
    }
    return result;
  } catch (const internal::SqliteFailure& failure) {
    return internal::to_error(failure, file);
  }
}

}  // namespace penstock::store
