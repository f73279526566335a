#include "core/job/host_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace penstock::job {

namespace {

constexpr int nice_of_jobs = 5;  // the server answers first
constexpr rlim_t open_files_max = 65'536;
constexpr int exit_not_found = 127;  // as a shell says it
constexpr int exit_terminated = 143;
// A sanitizer takes more memory for itself than a job may have, in this process too, which keeps the limits it sets.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool bounds_memory = false;
#else
constexpr bool bounds_memory = true;
#endif

// The running step, for the signal handler; process 1 has one thread.
volatile sig_atomic_t running_step = 0;
volatile sig_atomic_t asked_to_end = 0;

void hand_on(int) {
  asked_to_end = 1;
  if (running_step > 0) ::kill(-running_step, SIGTERM);
}

bool limit(int resource, rlim_t value) {
  rlimit now;
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &now) != 0) return false;
  rlim_t bounded = std::min(value, now.rlim_max);
  rlimit wanted = {bounded, bounded};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &wanted) == 0;
}

// As the training toolkit does, an existing file is kept.
void write_new_file(const std::string& path, std::string_view text) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) return;
  ssize_t written = ::write(file, text.data(), text.size());
  static_cast<void>(written);  // a full disk leaves a short reason: the exit code still says it all
  ::close(file);
}

int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

std::string HostProcess::take_on_limits(int output, int errors) {
  auto failed = [](std::string_view doing) { return fmt::format("{}: {}", doing, std::strerror(errno)); };
  int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, 0) < 0) return failed("open /dev/null");
  if (::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0) return failed("connect the log");
  // The rest is close-on-exec; the step's exec closes it.
  ::setsid();
  errno = 0;
  if (::nice(nice_of_jobs) == -1 && errno != 0) return failed("lower the priority");
  int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    ssize_t written = ::write(score, "1000", 4);  // a machine out of memory ends jobs before anything else
    static_cast<void>(written);
    ::close(score);
  }
  const Limits& limits = plan_.limits;
  bool limited = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, open_files_max);
  if (bounds_memory && limits.memory_bytes > 0)
    limited = limited && limit(RLIMIT_DATA, static_cast<rlim_t>(limits.memory_bytes));
  if (limits.disk_bytes > 0) limited = limited && limit(RLIMIT_FSIZE, static_cast<rlim_t>(limits.disk_bytes));
  if (limits.processes > 0) limited = limited && limit(RLIMIT_NPROC, static_cast<rlim_t>(limits.processes));
  if (!limited) return failed("set the limits");
  if (plan_.user >= 0) {
    auto user = static_cast<uid_t>(plan_.user);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) {
      return failed("become the job's user");
    }
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of user clears it
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("give up new privileges");
  if (!plan_.isolated) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::umask(022);
  return {};
}

int HostProcess::run() {
  struct sigaction action = {};
  action.sa_handler = hand_on;
  ::sigaction(SIGTERM, &action, nullptr);
  for (int ignored : {SIGINT, SIGHUP, SIGPIPE}) ::signal(ignored, SIG_IGN);
  for (const Step& step : host_.steps) {
    if (asked_to_end != 0) return exit_terminated;
    if (int code = run_step(step); code != 0) return code;
  }
  if (!host_.steps.back().error_name.empty()) write_new_file(output_folder() + "success", "");
  return 0;
}

int HostProcess::run_step(const Step& step) {
  pid_t process = ::fork();
  if (process == 0) execute(step);
  if (process < 0) {
    fmt::print(stderr, "penstock: cannot start a process: {}\n", std::strerror(errno));
    return exit_not_found;
  }
  ::setpgid(process, process);
  running_step = process;
  if (asked_to_end != 0) ::kill(-process, SIGTERM);  // it came between the fork and the line above
  int status = 0;
  for (;;) {
    int one = 0;
    pid_t ended = ::waitpid(-1, &one, 0);
    if (ended == process) {
      status = one;
      break;
    }
    if (ended < 0 && errno != EINTR) break;
  }
  running_step = 0;
  return status != 0 && !step.error_name.empty() ? fail_script(step, status) : code_of(status);
}

std::string HostProcess::output_folder() const {
  return (plan_.isolated ? std::string() : host_.root) + "/opt/ml/output/";
}

// sagemaker_training/errors.py of the toolkit 5.1.4; a signal counts as its negative number.
int HostProcess::fail_script(const Step& step, int status) const {
  std::string command;
  for (const std::string& word : step.argv) command += (command.empty() ? "" : " ") + word;
  write_new_file(output_folder() + "failure",
                 fmt::format("{}:\nExitCode {}\nErrorMessage \"\"\nCommand \"{}\"", step.error_name,
                             WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), command));
  return 1;
}

void HostProcess::execute(const Step& step) {
  ::setpgid(0, 0);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
  if (::chdir(step.folder.c_str()) != 0) {
    fmt::print(stderr, "penstock: cannot enter {}: {}\n", step.folder, std::strerror(errno));
    ::_exit(exit_not_found);
  }
  std::vector<std::string> settings;
  for (const auto& [name, value] : host_.environment) settings.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& setting : settings) environment.push_back(setting.data());
  environment.push_back(nullptr);
  std::vector<std::string> words = step.argv;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // execvpe looks the program up in *our* PATH: take the job's.
  for (const auto& [name, value] : host_.environment) {
    if (name == "PATH") ::setenv("PATH", value.c_str(), 1);
  }
  ::execvpe(arguments[0], arguments.data(), environment.data());
  fmt::print(stderr, "penstock: cannot run {}: {}\n", step.argv[0], std::strerror(errno));
  ::_exit(exit_not_found);
}

}  // namespace penstock::job
