#include "store/records.h"

#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/assert.h"

namespace penstock::store {

namespace {

// Every change is made in memory and queued for the disk under one lock, so that the disk sees changes in the same
// order.
class SqliteRecords final : public Records {
 public:
  explicit SqliteRecords(Database& database) : database_(database) {
    database_.read([this](Connection& connection) {
      Statement statement = connection.prepare("SELECT kind, key, value FROM record");
      while (statement.step()) {
        Outcome<Json> value = parse_json(statement.text(2));
        PENSTOCK_ASSERT(value.ok());  // we wrote it
        kinds_[std::string(statement.text(0))].emplace(statement.text(1), std::move(*value));
      }
    });
  }

  std::optional<Json> get(std::string_view kind, std::string_view key) const override {
    std::shared_lock lock(mutex_);
    const Json* value = find(kind, key);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }

  Sequence put(std::string_view kind, std::string_view key, Json value) override {
    std::unique_lock lock(mutex_);
    return store(kind, key, std::move(value));
  }

  bool insert(std::string_view kind, std::string_view key, Json value) override {
    std::unique_lock lock(mutex_);
    if (find(kind, key) != nullptr) return false;
    store(kind, key, std::move(value));
    return true;
  }

  bool update(std::string_view kind, std::string_view key, const std::function<bool(Json&)>& edit) override {
    std::unique_lock lock(mutex_);
    const Json* found = find(kind, key);
    if (found == nullptr) return false;
    Json value = *found;
    if (!edit(value)) return false;
    store(kind, key, std::move(value));
    return true;
  }

  bool erase(std::string_view kind, std::string_view key) override {
    std::unique_lock lock(mutex_);
    auto of_kind = kinds_.find(kind);
    if (of_kind == kinds_.end()) return false;
    auto found = of_kind->second.find(key);
    if (found == of_kind->second.end()) return false;
    of_kind->second.erase(found);
    database_.write([kind = std::string(kind), key = std::string(key)](Connection& connection) {
      connection.prepare("DELETE FROM record WHERE kind = ?1 AND key = ?2").bind(1, kind).bind(2, key).step();
    });
    return true;
  }

  std::vector<Record> list(std::string_view kind, std::string_view prefix, std::string_view after,
                           size_t count) const override {
    std::vector<Record> records;
    std::shared_lock lock(mutex_);
    auto of_kind = kinds_.find(kind);
    if (of_kind == kinds_.end()) return records;
    const Map& map = of_kind->second;
    auto record = after < prefix ? map.lower_bound(prefix) : map.upper_bound(after);
    for (; record != map.end() && records.size() < count && record->first.starts_with(prefix); ++record) {
      records.push_back({record->first, record->second});
    }
    return records;
  }

 private:
  using Map = std::map<std::string, Json, std::less<>>;

  const Json* find(std::string_view kind, std::string_view key) const {
    auto of_kind = kinds_.find(kind);
    if (of_kind == kinds_.end()) return nullptr;
    auto found = of_kind->second.find(key);
    return found == of_kind->second.end() ? nullptr : &found->second;
  }

  Sequence store(std::string_view kind, std::string_view key, Json value) {
    auto of_kind = kinds_.find(kind);
    if (of_kind == kinds_.end()) of_kind = kinds_.emplace(kind, Map{}).first;
    std::string text = to_string(value);
    of_kind->second.insert_or_assign(std::string(key), std::move(value));
    return database_.write(
        [kind = std::string(kind), key = std::string(key), text = std::move(text)](Connection& connection) {
          connection.prepare("INSERT OR REPLACE INTO record (kind, key, value) VALUES (?1, ?2, ?3)")
              .bind(1, kind)
              .bind(2, key)
              .bind(3, text)
              .step();
        });
  }

  Database& database_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Map, std::less<>> kinds_;
};

}  // namespace

std::unique_ptr<Records> Records::open(Database& database) {
  return std::make_unique<SqliteRecords>(database);
}

}  // namespace penstock::store
