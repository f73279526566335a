#include "store/objects_files.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace penstock::store {

namespace {

constexpr size_t piece_bytes = 1 << 20;

// Removes a half-made file unless everything went well.
Outcome<void> removing_on_error(Disk& disk, const std::string& path, Outcome<void> outcome) {
  if (!outcome) (void)disk.remove(path);
  return outcome;
}

}  // namespace

Outcome<void> read_pieces(Disk& disk, const std::string& path, const PieceReader& reader) {
  auto file = disk.open(path, Disk::Mode::read);
  if (!file) return file.error();
  return read_pieces(**file, reader);
}

Outcome<void> read_pieces(File& file, const PieceReader& reader) {
  std::string buffer(piece_bytes, '\0');
  for (uint64_t offset = 0;;) {
    auto count = file.read_at(offset, buffer.data(), buffer.size());
    if (!count) return count.error();
    if (*count == 0) return {};
    if (auto read = reader(std::string_view(buffer.data(), *count)); !read) return read;
    offset += *count;
  }
}

ContentWriter::ContentWriter(File& file, const Seal* seal) : file_(file), seal_(seal) {
  if (seal_ != nullptr) sealer_.emplace(seal_->key);
}

Outcome<void> ContentWriter::add(std::string_view plain) {
  if (!sealer_) return file_.append(plain);
  sealer_->add(plain, sealed_);
  return write();
}

Outcome<void> ContentWriter::write() {
  sha256_.update(sealed_);
  Outcome<void> appended = file_.append(sealed_);
  sealed_.clear();
  return appended;
}

Outcome<Json> ContentWriter::finish() {
  if (!sealer_) return Json();
  sealer_->finish(sealed_);
  if (auto written = write(); !written) return written.error();
  Json envelope = seal_->envelope;
  envelope.set("sha256", Json(to_hex(sha256_.finish())));
  return envelope;
}

std::pair<std::string, Json> sealed_bytes(const Seal& seal, std::string_view plain) {
  std::string sealed = seal_content(seal.key, plain);
  Json envelope = seal.envelope;
  envelope.set("sha256", Json(sha256_hex(sealed)));
  return {std::move(sealed), std::move(envelope)};
}

ObjectFiles::ObjectFiles(Disk& disk, Random& random, std::string folder,
                         std::function<void(const std::string& name)> removed)
    : disk_(disk), random_(random), folder_(std::move(folder)), removed_(std::move(removed)) {
  clearing_ = std::thread([this] { clear(); });
}

ObjectFiles::~ObjectFiles() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  doomed_changed_.notify_all();
  clearing_.join();
}

std::string ObjectFiles::path(std::string_view name) const {
  std::string path = folder_;
  path.append("/").append(name.substr(0, 2)).append("/").append(name);
  return path;
}

std::string ObjectFiles::incoming_path(std::string_view name) const {
  return folder_ + "/incoming/" + std::string(name);
}

std::string ObjectFiles::new_name() {
  return random_.text(32, "0123456789abcdef");
}

Outcome<void> ObjectFiles::copy(const std::string& from, const std::string& to) {
  auto target = disk_.open(to, Disk::Mode::create_exclusive);
  if (!target) return target.error();
  auto copied = read_pieces(disk_, from, [&](std::string_view piece) { return (*target)->append(piece); });
  if (copied.ok()) copied = (*target)->sync();
  return removing_on_error(disk_, to, std::move(copied));
}

// Moves the synced file `from` to its final name. The note in incoming/ comes first: a file without a row must never
// lie under its final name unnoted. rename() syncs the folder, and file systems journal names in order.
Outcome<void> ObjectFiles::enter(const std::string& from, const std::string& name) {
  if (auto noted = disk_.link(from, incoming_path(name)); !noted) return noted;
  std::string to = path(name);
  std::string folder = folder_ + "/" + name.substr(0, 2);
  auto moved = disk_.exists(folder) ? Outcome<void>() : disk_.make_folders(folder);
  if (moved.ok()) moved = disk_.rename(from, to);
  return removing_on_error(disk_, incoming_path(name), std::move(moved));
}

Outcome<std::string> ObjectFiles::take(const ContentSource& source) {
  if (source.file.empty()) {
    return create([&](File& file) { return file.append(source.bytes); });
  }
  std::string name = new_name();
  std::string staged = incoming_path(name + ".new");
  if (!source.file_is_synced) {
    // Read is enough to sync, and all there is to a file that was sealed against writing.
    auto file = disk_.open(source.file, Disk::Mode::read);
    if (!file) return file.error();
    if (auto synced = (*file)->sync(); !synced) return synced.error();
  }
  // Another file system refuses links: then the content is copied.
  if (auto linked = disk_.link(source.file, staged); !linked) {
    if (!disk_.exists(source.file)) return linked.error();
    if (auto copied = copy(source.file, staged); !copied) return copied.error();
  }
  if (auto entered = removing_on_error(disk_, staged, enter(staged, name)); !entered) return entered.error();
  if (!source.keep_file) (void)disk_.remove(source.file);
  return name;
}

Outcome<std::string> ObjectFiles::create(const std::function<Outcome<void>(File&)>& write) {
  std::string name = new_name();
  std::string staged = incoming_path(name + ".new");
  auto made = [&]() -> Outcome<void> {
    auto file = disk_.open(staged, Disk::Mode::create_exclusive);
    if (!file) return file.error();
    if (auto written = write(**file); !written) return written;
    if (auto synced = (*file)->sync(); !synced) return synced;
    return enter(staged, name);
  }();
  if (auto kept = removing_on_error(disk_, staged, std::move(made)); !kept) return kept.error();
  return name;
}

// Errors are left to the next start, which finds the note again.
void ObjectFiles::settle(const std::string& name) {
  (void)disk_.remove(incoming_path(name));
}

Outcome<std::vector<std::string>> ObjectFiles::incoming() {
  if (auto made = disk_.make_folders(folder_ + "/incoming"); !made) return made.error();
  auto names = disk_.list(folder_ + "/incoming");
  if (!names) return names;
  // "NAME.new" was being written: no row can name it yet.
  for (const std::string& name : *names) {
    if (name.ends_with(".new")) (void)disk_.remove(incoming_path(name));
  }
  std::erase_if(*names, [](const std::string& name) { return name.ends_with(".new"); });
  return names;
}

// Pins first, then looks: clear() removes a file only while holding the lock and seeing no pin.
std::shared_ptr<const void> ObjectFiles::pin(const std::string& name) {
  {
    std::lock_guard lock(mutex_);
    ++pins_[name];
  }
  std::shared_ptr<const void> pin(this, [this, name](const void*) { unpin(name); });
  return disk_.exists(path(name)) ? pin : nullptr;
}

void ObjectFiles::unpin(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto pin = pins_.find(name);
  if (--pin->second > 0) return;
  pins_.erase(pin);
  auto waiting = std::find(waiting_.begin(), waiting_.end(), name);
  if (waiting == waiting_.end()) return;
  doomed_.push_back(std::move(*waiting));
  waiting_.erase(waiting);
  doomed_changed_.notify_all();
}

void ObjectFiles::doom(std::vector<std::string> names) {
  if (names.empty()) return;
  std::lock_guard lock(mutex_);
  for (std::string& name : names) doomed_.push_back(std::move(name));
  doomed_changed_.notify_all();
}

void ObjectFiles::clear() {
  std::unique_lock lock(mutex_);
  for (;;) {
    doomed_changed_.wait(lock, [this] { return stopping_ || !doomed_.empty(); });
    if (stopping_) return;
    std::string name = std::move(doomed_.front());
    doomed_.pop_front();
    if (pins_.contains(name)) {
      waiting_.push_back(std::move(name));
      continue;
    }
    // Moved aside under the lock, so that a large file's blocks are freed without it.
    std::string aside = incoming_path(name + ".new");
    bool moved = !disk_.exists(path(name)) || disk_.rename(path(name), aside).ok();
    lock.unlock();
    if (moved && disk_.remove(aside).ok() && disk_.remove(incoming_path(name)).ok()) removed_(name);
    lock.lock();
  }
}

Outcome<std::vector<std::string>> ObjectFiles::all() {
  auto folders = disk_.list(folder_);
  if (!folders) return folders;
  std::vector<std::string> names;
  for (const std::string& folder : *folders) {
    if (folder == "incoming") continue;
    auto files = disk_.list(folder_ + "/" + folder);
    if (!files) return files;
    names.insert(names.end(), files->begin(), files->end());
  }
  return names;
}

}  // namespace penstock::store
