// Records: named JSON documents of the control plane (state machines, roles, jobs, buckets, log groups, ...), each of a
// kind. Written through, so that a reader of the same process sees a write at once and a reader after a crash sees
// every write that was acknowledged. All records are held in memory, ordered by key within a kind.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "store/database.h"

namespace penstock::store {

class Records {
 public:
  virtual ~Records() = default;
  static std::unique_ptr<Records> open(Database& database);

  virtual std::optional<Json> get(std::string_view kind, std::string_view key) const = 0;
  virtual Sequence put(std::string_view kind, std::string_view key, Json value) = 0;
  // Puts only if absent (true) — the check and the write are one step.
  virtual bool insert(std::string_view kind, std::string_view key, Json value) = 0;
  // Reads, edits and writes in one step; `edit` returns false to leave it. False when absent or left.
  virtual bool update(std::string_view kind, std::string_view key, const std::function<bool(Json&)>& edit) = 0;
  virtual bool erase(std::string_view kind, std::string_view key) = 0;
  // Records of `kind` with keys > `after` that start with `prefix`, in key order, at most `count`.
  struct Record {
    std::string key;
    Json value;
  };
  virtual std::vector<Record> list(std::string_view kind, std::string_view prefix = {}, std::string_view after = {},
                                   size_t count = SIZE_MAX) const = 0;
};

}  // namespace penstock::store
