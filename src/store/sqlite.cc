#include "store/sqlite.h"

#include <fmt/format.h>

#include <cstring>
#include <unordered_map>

#include "base/assert.h"
#include "store/database.h"

namespace penstock::store {

namespace internal {

void check(int code, sqlite3* handle, std::string_view doing) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
  const char* text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  throw SqliteFailure{(extended & 0xff) == (code & 0xff) ? extended : code, fmt::format("{} ({})", text, doing)};
}

sqlite3* open_handle(const std::string& file, int flags) {
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    SqliteFailure failure{code, fmt::format("{} (open)", handle != nullptr ? sqlite3_errmsg(handle) : "out of memory")};
    sqlite3_close(handle);
    throw failure;
  }
  sqlite3_busy_timeout(handle, 5'000);  // somebody else's sqlite3 shell may hold the file for a moment
  return handle;
}

Error to_error(const SqliteFailure& failure, const std::string& file) {
  switch (failure.code & 0xff) {
    case SQLITE_FULL:
      return Error{
          "DiskFull",
          fmt::format("the disk that holds {} is full: {}. Free some space; writes are tried again by themselves", file,
                      failure.message),
          500,
          {}};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error{"StoreCorrupt",
                   fmt::format("the store {} is damaged: {}. Nothing was changed; keep the file, and put a copy made "
                               "by `penstock backup` in its place",
                               file, failure.message),
                   500,
                   {}};
    default:
      return Error{"DiskError", fmt::format("the store {} cannot be used: {}", file, failure.message), 500, {}};
  }
}

}  // namespace internal

using internal::check;

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(int index, int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value), sqlite3_db_handle(statement_), "bind");
  return *this;
}

Statement& Statement::bind(int index, double value) {
  check(sqlite3_bind_double(statement_, index, value), sqlite3_db_handle(statement_), "bind");
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  const char* data = text.data() != nullptr ? text.data() : "";  // a null pointer would bind NULL
  check(sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8),
        sqlite3_db_handle(statement_), "bind");
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  const char* data = bytes.data() != nullptr ? bytes.data() : "";
  check(sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_STATIC), sqlite3_db_handle(statement_),
        "bind");
  return *this;
}

Statement& Statement::bind_null(int index) {
  check(sqlite3_bind_null(statement_, index), sqlite3_db_handle(statement_), "bind");
  return *this;
}

bool Statement::step() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  check(code, sqlite3_db_handle(statement_), sqlite3_sql(statement_));
  return false;
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

struct Connection::Cache {
  std::unordered_map<const char*, sqlite3_stmt*> statements;
};

Connection::Connection(sqlite3* handle) : handle_(handle), cache_(std::make_unique<Cache>()) {}

Connection::~Connection() {
  for (const auto& [sql, statement] : cache_->statements) sqlite3_finalize(statement);
  int code = sqlite3_close(handle_);
  PENSTOCK_ASSERT(code == SQLITE_OK);
}

Statement Connection::prepare(const char* sql) {
  sqlite3_stmt*& statement = cache_->statements[sql];
  if (statement == nullptr) {
    check(sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr), handle_, sql);
  }
  PENSTOCK_ASSERT(sqlite3_stmt_busy(statement) == 0);  // one use at a time: a second one would reset the first
  return Statement(statement);
}

void Connection::execute(const char* sql) {
  check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr), handle_, sql);
}

int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

int64_t Connection::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(handle_);
}

}  // namespace penstock::store
