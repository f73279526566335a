#include "core/job/harvest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "core/job/archive.h"
#include "core/job/layout.h"
#include "core/job/log_file.h"

namespace penstock::job {

namespace {

namespace fs = std::filesystem;

constexpr size_t writes_in_flight_max = 256;

Error upload_failed(const std::string& what) {
  return Error{"ClientError", "ClientError: Data upload failed:" + what, 400, {}};
}

// Puts objects without waiting for each: they share commits.
class Uploads {
 public:
  Uploads(store::Objects& objects, const Encrypt& encrypt, const Spec& spec)
      : objects_(objects), encrypt_(encrypt), spec_(spec) {}

  void put(const std::string& output, store::NewObject object) {
    std::string uri = fmt::format("s3://{}/{}", object.bucket, object.key);
    size_t index = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return in_flight_ < writes_in_flight_max; });
      index = stored_.size();
      stored_.push_back({output, uri, {}, 0});
      ++in_flight_;
    }
    Outcome<void> ready = encrypt_ ? encrypt_(spec_, object) : Outcome<void>();
    if (!ready) return finish(index, ready.error());
    objects_.put(std::move(object),
                 [this, index](Outcome<store::ObjectVersion> version) { finish(index, std::move(version)); });
  }

  Outcome<std::vector<StoredOutput>> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ == 0; });
    if (failure_) return *failure_;
    return std::move(stored_);
  }

 private:
  void finish(size_t index, Outcome<store::ObjectVersion> version) {
    std::lock_guard lock(mutex_);
    if (version) {
      stored_[index].sha256 = version->sha256;
      stored_[index].bytes = static_cast<int64_t>(version->size);
    } else if (!failure_) {
      failure_ =
          upload_failed(fmt::format("{}: {} ({})", stored_[index].uri, version.error().message, version.error().code));
    }
    --in_flight_;
    changed_.notify_all();
  }

  store::Objects& objects_;
  const Encrypt& encrypt_;
  const Spec& spec_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t in_flight_ = 0;
  std::vector<StoredOutput> stored_;
  std::optional<Error> failure_;
};

// The job's file becomes ours, and nobody writes to it any more. Links and devices are left out (nothing is returned).
Outcome<std::optional<std::string>> seal(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) {
    if (errno == ELOOP || errno == ENXIO) return std::optional<std::string>();
    return upload_failed(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  struct stat status;
  bool regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  bool sealed = !regular || ((status.st_uid == ::geteuid() || ::fchown(file, ::geteuid(), ::getegid()) == 0) &&
                             ::fchmod(file, 0444) == 0);
  int number = errno;
  ::close(file);
  if (!regular) return std::optional<std::string>();
  if (!sealed) return upload_failed(fmt::format("{}: {}", path, std::strerror(number)));
  return std::optional(path);
}

std::string joined_key(const std::string& prefix, const std::string& name) {
  if (prefix.empty()) return name;
  return prefix.ends_with('/') ? prefix + name : prefix + "/" + name;
}

// Files of one host below the output's path, by their name there. An input bound inside of an output counts as its
// content.
std::map<std::string, std::string> files_of(const HostPlan& host, const std::string& path) {
  std::map<std::string, std::string> files;
  std::string folder = host.root + path;
  if (leads_elsewhere(host.root, folder)) return files;
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    std::error_code ignored;
    if (walk->symlink_status(ignored).type() != fs::file_type::regular) continue;
    files[walk->path().lexically_relative(folder).string()] = walk->path().string();
  }
  for (const Bind& bind : host.binds) {
    if (bind.to.starts_with(path + "/")) files[bind.to.substr(path.size() + 1)] = bind.from;
  }
  return files;
}

Outcome<void> store_tree(Uploads& uploads, const Output& output, const Location& place, const Plan& plan) {
  std::map<std::string, std::string> files;  // of all hosts: of one name the last host's wins
  for (const HostPlan& host : plan.hosts) {
    for (auto& [name, path] : files_of(host, output.path)) files[name] = path;
  }
  for (const auto& [name, path] : files) {
    store::NewObject object;
    object.bucket = place.bucket;
    object.key = joined_key(place.key, name);
    if (!is_valid_utf8(object.key) || object.key.size() > limits::object_key_bytes_max) {
      return upload_failed(fmt::format("the name of {} cannot be an object key", as_utf8(name)));
    }
    Outcome<std::optional<std::string>> sealed = seal(path);
    if (!sealed) return sealed.error();
    if (!*sealed) continue;
    object.source.file = **sealed;
    object.source.keep_file = true;
    uploads.put(output.name, std::move(object));
  }
  return {};
}

}  // namespace

Outcome<std::vector<StoredOutput>> harvest(store::Objects& objects, const Encrypt& encrypt, const Spec& spec,
                                           const Plan& plan, bool failed) {
  Uploads uploads(objects, encrypt, spec);
  Outcome<void> outcome;
  size_t archive = 0;
  for (const Output& output : spec.outputs) {
    std::string file = output.archive ? plan.archives[archive].file : std::string();
    bool empty =
        output.archive && output.skip_when_empty &&
        std::all_of(plan.archives[archive].folders.begin(), plan.archives[archive].folders.end(), is_empty_tree);
    if (output.archive) ++archive;
    if (!outcome || empty || (failed && !output.keep_when_failed)) continue;
    Outcome<Location> place = parse_s3_uri(output.uri);
    if (!place) {
      outcome = upload_failed(place.error().message);
    } else if (Outcome<store::Bucket> bucket = objects.bucket(place->bucket); !bucket) {
      outcome = upload_failed(fmt::format("{}: s3://{}", bucket.error().code, place->bucket));
    } else if (output.archive) {
      store::NewObject object;
      object.bucket = place->bucket;
      object.key = place->key;
      object.source.file = file;
      object.source.keep_file = true;
      uploads.put(output.name, std::move(object));
    } else {
      outcome = store_tree(uploads, output, *place, plan);
    }
  }
  Outcome<std::vector<StoredOutput>> stored = uploads.wait();
  if (!outcome) return outcome.error();
  return stored;
}

std::string read_left_file(const Plan& plan, const std::string& path, size_t bytes_max) {
  std::string text;
  for (const HostPlan& host : plan.hosts) {
    if (leads_elsewhere(host.root, host.root + path)) continue;
    int file = ::open((host.root + path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) continue;
    std::string part(bytes_max - text.size(), '\0');
    ssize_t count = ::read(file, part.data(), part.size());
    ::close(file);
    text.append(part, 0, count > 0 ? static_cast<size_t>(count) : 0);
    if (text.size() >= bytes_max) break;
  }
  return text;
}

}  // namespace penstock::job
