// Objects::check: every content against its digest, every file against the rows.
#include <fmt/format.h>

#include <set>

#include "base/digest.h"
#include "base/encoding.h"
#include "store/objects_sqlite.h"

namespace penstock::store {

namespace {

struct NamedContent {
  std::string owner;  // for the message
  std::string sha256;
  rows::StoredContent content;
};

// Calls `visit` for every content that an object or a part names.
void visit_contents(Connection& connection, const std::function<void(NamedContent)>& visit) {
  auto row = connection.prepare(
      "SELECT 'object s3://' || b.name || '/' || o.key, o.sha256, o.content FROM object o JOIN bucket b ON b.id = "
      "o.bucket WHERE o.content <> 0 UNION ALL SELECT 'part ' || p.number || ' of upload ' || p.upload, p.sha256, "
      "p.content FROM part p");
  while (row.step()) {
    NamedContent named{std::string(row.text(0)), std::string(row.text(1)), {}};
    auto stored = rows::find_content(connection, row.integer(2));
    if (stored) named.content = std::move(*stored);
    if (!stored) named.sha256.clear();
    // Of what is encrypted, the digest of the sealed bytes is compared: no key is needed.
    if (stored && !named.content.envelope.is_null()) named.sha256 = named.content.envelope.text("sha256", "none");
    visit(std::move(named));
  }
}

}  // namespace

std::vector<std::string> SqliteObjects::check() {
  std::vector<std::string> problems;
  std::set<std::string> named_files;
  auto visit = [&](const NamedContent& named) {
    if (named.sha256.empty()) {
      problems.push_back(fmt::format("content row is missing, {}", named.owner));
      return;
    }
    std::string found;
    std::string place = "store";
    if (named.content.file.empty()) {
      found = sha256_hex(named.content.bytes);
    } else {
      if (!named_files.insert(named.content.file).second) return;  // shared content: checked once
      place = files_.path(named.content.file);
      Prepared prepared;
      if (auto measured = measure(place, prepared); !measured) {
        problems.push_back(fmt::format("{}, {}", measured.error().message, named.owner));
        return;
      }
      found = prepared.sha256;
    }
    if (found != named.sha256) {
      problems.push_back(fmt::format("{}: content differs from its SHA-256, {}", place, named.owner));
    }
  };
  std::vector<std::string> garbage;
  database_.read([&](Connection& connection) {
    visit_contents(connection, visit);
    garbage = rows::garbage_files(connection);
  });
  auto files = files_.all();
  if (!files) {
    problems.push_back(files.error().message);
    return problems;
  }
  std::set<std::string> doomed(garbage.begin(), garbage.end());
  for (const std::string& name : *files) {
    if (named_files.contains(name) || doomed.contains(name)) continue;
    // Also a write under way looks like this; look again before saying so.
    bool used = disk_.exists(files_.path(name));
    database_.read([&](Connection& connection) { used = used && !rows::is_file_used(connection, name); });
    if (used) problems.push_back(fmt::format("{}: no object names this file", files_.path(name)));
  }
  return problems;
}

}  // namespace penstock::store
