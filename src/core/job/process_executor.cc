#include "core/job/process_executor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/job/sandbox.h"

namespace penstock::job {

namespace {

// Makes the file; false when it is there.
bool make_once(const std::string& path) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  ::close(file);
  return true;
}

// The supervisor holds the lock as long as it lives. Only asks: taking it, even for a moment, could turn a supervisor
// away.
bool is_locked(const std::string& path) {
  int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  struct flock question = {};
  question.l_type = F_WRLCK;
  question.l_whence = SEEK_SET;
  bool locked = ::fcntl(file, F_OFD_GETLK, &question) == 0 && question.l_type != F_UNLCK;
  ::close(file);
  return locked;
}

}  // namespace

Outcome<void> ProcessExecutor::launch(const std::string& folder) {
  std::vector<std::string> words = supervisor_;
  words.push_back(folder);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  std::string errors = folder + "/supervisor.err";
  posix_spawn_file_actions_addopen(&files, 2, errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  // A session of its own: what ends the server's terminal does not end the job.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t process = 0;
  int result = ::posix_spawn(&process, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (result != 0) {
    return Error{
        "InternalServerError",
        fmt::format("InternalServerError: cannot start the supervisor {}: {}", words[0], std::strerror(result)),
        500,
        {}};
  }
  std::lock_guard lock(mutex_);
  children_[folder] = process;
  return {};
}

bool ProcessExecutor::withdraw(const std::string& folder) {
  struct stat status;
  if (::stat(folder.c_str(), &status) != 0) return true;
  return make_once(folder + "/started");
}

Executor::Life ProcessExecutor::life(const std::string& folder) {
  {
    std::lock_guard lock(mutex_);
    auto child = children_.find(folder);
    if (child != children_.end()) {
      pid_t ended = ::waitpid(child->second, nullptr, WNOHANG);
      if (ended == 0) return is_locked(folder + "/lock") ? Life::alive : Life::waiting;
      children_.erase(child);
      return Life::gone;
    }
  }
  return is_locked(folder + "/lock") ? Life::alive : Life::gone;
}

void ProcessExecutor::stop(const std::string& folder) {
  make_once(folder + "/stop");
}

void ProcessExecutor::release(const std::string& folder) {
  pid_t process = 0;
  {
    std::lock_guard lock(mutex_);
    auto child = children_.find(folder);
    if (child == children_.end()) return;
    process = child->second;
    children_.erase(child);
  }
  // It wrote its report last: its end is near.
  while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Outcome<void> ProcessExecutor::isolation() {
  std::lock_guard lock(mutex_);
  if (!isolation_) isolation_ = can_isolate();
  return *isolation_;
}

}  // namespace penstock::job
