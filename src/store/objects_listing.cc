#include "store/objects_listing.h"

#include <algorithm>
#include <utility>

#include "store/objects_rows.h"

namespace penstock::store {

namespace {

// After so many older versions of one key, search for the next key instead of stepping on.
constexpr int older_versions_walked_max = 16;

// The least text greater than every text that starts with `prefix`. No key holds the byte 0xff (it is not UTF-8).
std::string end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (end.empty()) return "\xff";
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

// The least text greater than `key`.
std::string behind(std::string_view key) {
  std::string next(key);
  next.push_back('\0');
  return next;
}

// What a listing folds `key` into: the text up to the first delimiter behind the prefix; empty when there is none.
std::string_view common_prefix(std::string_view key, std::string_view prefix, std::string_view delimiter) {
  if (delimiter.empty()) return {};
  size_t found = key.find(delimiter, prefix.size());
  return found == std::string_view::npos ? std::string_view() : key.substr(0, found + delimiter.size());
}

// Where a listing begins: at the prefix, or behind `after`; when `after` lies within a common prefix, that prefix is
// not greater than `after`, so all of it is over.
std::string first_key(std::string_view prefix, std::string_view delimiter, std::string_view after) {
  if (after < prefix) return std::string(prefix);
  std::string_view folded = after.starts_with(prefix) ? common_prefix(after, prefix, delimiter) : std::string_view();
  return folded.empty() ? behind(after) : end_of_prefix(folded);
}

class ObjectScan {
 public:
  ObjectScan(Connection& connection, const Bucket& bucket, const ListQuery& query)
      : connection_(connection),
        bucket_(bucket),
        query_(query),
        from_(first_key(query.prefix, query.delimiter, query.after)) {
    if (query.versions && !query.after_version.empty()) resume_within_key();
  }

  ListPage run() {
    if (query_.count == 0) return {};
    std::string end = end_of_prefix(query_.prefix);
    while (!done_) {
      auto row = connection_.prepare("SELECT " PENSTOCK_OBJECT_COLUMNS
                                     " FROM object WHERE bucket = ?1 AND key >= ?2 AND key < ?3 "
                                     "ORDER BY key, revision DESC");
      row.bind(1, bucket_.id).bind(2, from_).bind(3, end);
      done_ = true;
      while (row.step()) {
        if (visit(row)) continue;
        break;
      }
    }
    return std::move(page_);
  }

 private:
  // The rows of key `after` that the last page gave are skipped.
  void resume_within_key() {
    auto version = rows::find_version(connection_, bucket_.id, query_.after, query_.after_version);
    if (!version) return;
    from_ = query_.after;
    last_key_ = query_.after;
    resume_order_ = version->order;
  }

  // False to stop walking: the page is full, or the scan goes on at from_ (done_ is false then).
  bool visit(const Statement& row) {
    std::string_view key = row.text(0);
    bool latest = key != last_key_;
    if (latest) {
      last_key_ = key;
      older_ = 0;
      resume_order_.reset();
    }
    if (resume_order_ && row.integer(1) >= *resume_order_) return true;
    if (!query_.versions && !latest) {
      return ++older_ < older_versions_walked_max || jump(behind(last_key_));
    }
    if (!query_.versions && row.integer(3) != 0) return true;  // the object is deleted
    if (page_.objects.size() + page_.common_prefixes.size() == query_.count) {
      page_.truncated = true;
      return false;
    }
    if (std::string_view folded = common_prefix(key, query_.prefix, query_.delimiter); !folded.empty()) {
      page_.common_prefixes.emplace_back(folded);
      page_.next_after = folded;
      page_.next_after_version.clear();
      return jump(end_of_prefix(folded));
    }
    ObjectVersion version = rows::read_version(row);
    version.bucket = bucket_.name;
    version.latest = latest;
    page_.next_after = version.key;
    if (query_.versions) page_.next_after_version = version.version_id;
    page_.objects.push_back(std::move(version));
    return true;
  }

  bool jump(std::string key) {
    from_ = std::move(key);
    done_ = false;
    return false;
  }

  Connection& connection_;
  const Bucket& bucket_;
  const ListQuery& query_;
  std::string from_;
  std::string last_key_ = "\xff";  // no key
  std::optional<int64_t> resume_order_;
  int older_ = 0;
  bool done_ = false;
  ListPage page_;
};

}  // namespace

ListPage list_objects(Connection& connection, const Bucket& bucket, const ListQuery& query) {
  return ObjectScan(connection, bucket, query).run();
}

UploadPage list_uploads(Connection& connection, const Bucket& bucket, const UploadQuery& query) {
  UploadPage page;
  if (query.count == 0) return page;
  bool within_key = !query.after_id.empty() && query.after_key >= query.prefix;
  std::string from = within_key ? query.after_key : first_key(query.prefix, query.delimiter, query.after_key);
  std::string end = end_of_prefix(query.prefix);
  for (bool done = false; !done;) {
    auto row = connection.prepare(
        "SELECT key, id, created, attributes FROM upload WHERE bucket = ?1 AND key >= ?2 AND key < ?3 ORDER BY key, "
        "id");
    row.bind(1, bucket.id).bind(2, from).bind(3, end);
    done = true;
    while (row.step()) {
      if (within_key && row.text(0) == query.after_key && row.text(1) <= query.after_id) continue;
      if (page.uploads.size() + page.common_prefixes.size() == query.count) {
        page.truncated = true;
        break;
      }
      if (auto folded = common_prefix(row.text(0), query.prefix, query.delimiter); !folded.empty()) {
        page.common_prefixes.emplace_back(folded);
        page.next_after_key = folded;
        page.next_after_id.clear();
        from = end_of_prefix(folded);
        done = false;
        break;
      }
      auto attributes = parse_json(row.text(3));
      page.next_after_key = row.text(0);
      page.next_after_id = row.text(1);
      page.uploads.push_back({bucket.name, page.next_after_key, page.next_after_id, Time{row.integer(2)},
                              attributes.ok() ? std::move(*attributes) : Json::object(), Json::object()});
    }
  }
  return page;
}

}  // namespace penstock::store
