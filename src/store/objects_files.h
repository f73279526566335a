// ObjectFiles: the files below DATA/objects: taking content in, reading it while others delete it, and clearing up.
// objects.h says in which order files and rows change.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/disk.h"
#include "base/outcome.h"
#include "base/random.h"
#include "store/objects.h"

namespace penstock::store {

// Called with pieces of a content, in order; returns an error to stop.
using PieceReader = std::function<Outcome<void>(std::string_view piece)>;

// Feeds the whole file to `reader`.
Outcome<void> read_pieces(Disk& disk, const std::string& path, const PieceReader& reader);
Outcome<void> read_pieces(File& file, const PieceReader& reader);

// Writes a content into a file, sealed when a key is given.
class ContentWriter {
 public:
  // `seal` may be nullptr.
  ContentWriter(File& file, const Seal* seal);
  Outcome<void> add(std::string_view plain);
  // Writes what is left. The envelope to keep: the seal's with the digest of the sealed bytes; null without a seal.
  Outcome<Json> finish();

 private:
  Outcome<void> write();

  File& file_;
  const Seal* seal_;
  std::optional<ContentSealer> sealer_;
  Digest sha256_{DigestKind::sha256};
  std::string sealed_;
};

// The same for a content in memory: what is kept of `plain`, and the envelope.
std::pair<std::string, Json> sealed_bytes(const Seal& seal, std::string_view plain);

class ObjectFiles {
 public:
  // `removed` is told, on the clearing thread, that a doomed file is gone.
  ObjectFiles(Disk& disk, Random& random, std::string folder, std::function<void(const std::string& name)> removed);
  ~ObjectFiles();
  ObjectFiles(const ObjectFiles&) = delete;
  ObjectFiles& operator=(const ObjectFiles&) = delete;

  // Where the file of that name lies.
  std::string path(std::string_view name) const;

  // Takes a source's file, or its bytes, in as a new file that is durable under its final name and noted in incoming/.
  // Returns its name.
  Outcome<std::string> take(const ContentSource& source);
  // The same for what `write` appends.
  Outcome<std::string> create(const std::function<Outcome<void>(File&)>& write);

  // A row names the file now: forget that it was incoming.
  void settle(const std::string& name);
  // Names noted in incoming/: at the start, what a crash left.
  Outcome<std::vector<std::string>> incoming();

  // Keeps the file while the result lives; nothing when it was removed already.
  std::shared_ptr<const void> pin(const std::string& name);
  // No row names the file, or will: removes it, and its note, as soon as nobody reads it.
  void doom(std::vector<std::string> names);

  // Names of all files, for a check.
  Outcome<std::vector<std::string>> all();

 private:
  void unpin(const std::string& name);
  void clear();
  Outcome<void> copy(const std::string& from, const std::string& to);
  Outcome<void> enter(const std::string& from, const std::string& name);
  std::string new_name();
  std::string incoming_path(std::string_view name) const;

  Disk& disk_;
  Random& random_;
  std::string folder_;
  std::function<void(const std::string&)> removed_;
  std::mutex mutex_;
  std::condition_variable doomed_changed_;
  std::map<std::string, int> pins_;
  std::deque<std::string> doomed_;    // to remove
  std::vector<std::string> waiting_;  // doomed, but pinned
  bool stopping_ = false;
  std::thread clearing_;
};

}  // namespace penstock::store
