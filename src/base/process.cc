#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

namespace penstock {

namespace {

class SystemChild final : public Child {
 public:
  SystemChild(pid_t id, int output) : id_(id), output_(output >= 0 ? fdopen(output, "r") : nullptr) {}

  ~SystemChild() override {
    if (!status_) {
      kill(id_, SIGTERM);
      wait();
    }
    if (output_) std::fclose(output_);
  }

  Outcome<std::string> read_line() override {
    std::string line;
    for (int c = output_ ? std::fgetc(output_) : EOF; c != EOF; c = std::fgetc(output_)) {
      if (c == '\n') return line;
      line.push_back(static_cast<char>(c));
    }
    if (line.empty()) return Error{"ProcessError", "the program ended its output"};
    return line;
  }

  void signal(int number) override {
    if (!status_) kill(id_, number);
  }

  int wait() override {
    if (status_) return *status_;
    int raw = 0;
    while (waitpid(id_, &raw, 0) < 0 && errno == EINTR) {
    }
    status_ = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return *status_;
  }

  int id() const override { return id_; }

 private:
  pid_t id_;
  std::FILE* output_;
  std::optional<int> status_;
};

}  // namespace

Outcome<std::unique_ptr<Child>> SystemProcess::start(const std::vector<std::string>& arguments, bool pipe_output) {
  const auto failed = [&](int problem) {
    return Error{"ProcessError", fmt::format("{}: {}", arguments.front(), std::strerror(problem)), 500};
  };
  int ends[2] = {-1, -1};
  if (pipe_output && pipe2(ends, O_CLOEXEC) != 0) return failed(errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (pipe_output) posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  // The child starts with no signal blocked, whatever its parent waits for.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t id = 0;
  const int problem = posix_spawnp(&id, pointers[0], &actions, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (pipe_output) close(ends[1]);
  if (problem != 0) {
    if (pipe_output) close(ends[0]);
    return failed(problem);
  }
  return std::unique_ptr<Child>(std::make_unique<SystemChild>(id, ends[0]));
}

}  // namespace penstock
