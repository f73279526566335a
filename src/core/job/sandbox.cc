#include "core/job/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/job/host_process.h"
#include "core/job/process_tree.h"

namespace penstock::job {

namespace {

// The set-up runs in the new process: it says what failed through a pipe and ends.
class Setup {
 public:
  Setup(const Plan& plan, const HostPlan& host) : plan_(plan), host_(host), root_(host.root) {}

  // Empty when all went well.
  std::string run() {
    map_user();
    if (plan_.own_network) raise_loopback();
    mount_root();
    mount_system();
    mount_devices();
    for (const Bind& bind : host_.binds) mount_bind(bind.from, bind.to, !bind.writable);
    enter_root();
    return failure_;
  }

 private:
  void fail(std::string_view doing) {
    if (failure_.empty()) failure_ = fmt::format("{}: {}", doing, std::strerror(errno));
  }

  void check(int result, std::string_view doing) {
    if (result != 0) fail(doing);
  }

  void write_text(const char* path, std::string_view text) {
    int file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      fail(fmt::format("write {}", path));
    }
    if (file >= 0) ::close(file);
  }

  // In an unprivileged user namespace the job keeps the numbers of the user who started it.
  void map_user() {
    if (outer_user_ == 0) return;
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", fmt::format("{0} {0} 1\n", outer_user_));
    write_text("/proc/self/gid_map", fmt::format("{0} {0} 1\n", outer_group_));
  }

  void raise_loopback() {
    int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq interface = {};
    std::memcpy(interface.ifr_name, "lo", 3);
    interface.ifr_flags = IFF_UP | IFF_RUNNING;
    check(any < 0 ? -1 : ::ioctl(any, SIOCSIFFLAGS, &interface), "raise the loopback interface");
    if (any >= 0) ::close(any);
  }

  void mount_root() {
    check(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make the mounts private");
    check(::mount(root_.c_str(), root_.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind the private root");
  }

  void make_point(const std::string& inside, bool folder) {
    std::error_code ignored;
    std::filesystem::path path = root_ + inside;
    if (folder) {
      std::filesystem::create_directories(path, ignored);
    } else if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
      std::filesystem::create_directories(path.parent_path(), ignored);
      int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
      if (file >= 0) ::close(file);
    }
  }

  void mount_bind(const std::string& from, const std::string& to, bool read_only) {
    struct stat status;
    if (::stat(from.c_str(), &status) != 0) return fail(fmt::format("find {}", from));
    make_point(to, S_ISDIR(status.st_mode));
    std::string target = root_ + to;
    check(::mount(from.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr), fmt::format("bind {}", to));
    if (!failure_.empty()) return;
    struct mount_attr attributes = {};
    attributes.attr_set = MOUNT_ATTR_NOSUID | (read_only ? MOUNT_ATTR_RDONLY : 0U);
    check(::mount_setattr(AT_FDCWD, target.c_str(), AT_RECURSIVE, &attributes, sizeof attributes),
          fmt::format("protect {}", to));
  }

  // The system's folders, as links where the machine has links (/bin -> usr/bin).
  void mount_system() {
    constexpr std::array<std::string_view, 8> folders = {"/usr", "/etc",   "/bin",   "/sbin",
                                                         "/lib", "/lib32", "/lib64", "/sys"};
    for (std::string_view folder : folders) {
      std::error_code error;
      std::filesystem::path path = folder;
      auto kind = std::filesystem::symlink_status(path, error).type();
      if (kind == std::filesystem::file_type::symlink) {
        std::filesystem::create_symlink(std::filesystem::read_symlink(path, error), root_ + path.string(), error);
      } else if (kind == std::filesystem::file_type::directory) {
        mount_bind(path.string(), path.string(), true);
      }
    }
  }

  void mount_devices() {
    make_point("/dev", true);
    std::string devices = root_ + "/dev";
    check(::mount("tmpfs", devices.c_str(), "tmpfs", MS_NOSUID, "mode=755,size=64k"), "mount /dev");
    for (std::string_view name : {"null", "zero", "full", "random", "urandom", "tty"}) {
      std::string path = fmt::format("/dev/{}", name);
      make_point(path, false);
      check(::mount(path.c_str(), (root_ + path).c_str(), nullptr, MS_BIND, nullptr), fmt::format("bind {}", path));
    }
    check(::symlink("/proc/self/fd", (devices + "/fd").c_str()), "link /dev/fd");
    check(::symlink("/proc/self/fd/0", (devices + "/stdin").c_str()), "link /dev/stdin");
    check(::symlink("/proc/self/fd/1", (devices + "/stdout").c_str()), "link /dev/stdout");
    check(::symlink("/proc/self/fd/2", (devices + "/stderr").c_str()), "link /dev/stderr");
    make_point("/dev/shm", true);
    // Shared memory counts as memory, not as disk: bounded by the job's share.
    std::string size = plan_.limits.memory_bytes > 0 ? fmt::format("mode=1777,size={}", plan_.limits.memory_bytes / 2)
                                                     : std::string("mode=1777,size=25%");
    check(::mount("tmpfs", (devices + "/shm").c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()), "mount /dev/shm");
    make_point("/proc", true);
    check(::mount("proc", (root_ + "/proc").c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr), "mount /proc");
  }

  void enter_root() {
    if (!failure_.empty()) return;
    check(::chdir(root_.c_str()), "enter the private root");
    check(static_cast<int>(::syscall(SYS_pivot_root, ".", ".")), "pivot to the private root");
    check(::umount2(".", MNT_DETACH), "leave the machine's root");
    check(::chdir("/"), "enter /");
    check(::sethostname(host_.name.data(), host_.name.size()), "set the host name");
  }

  const Plan& plan_;
  const HostPlan& host_;
  const std::string root_;
  const uid_t outer_user_ = ::geteuid();
  const gid_t outer_group_ = ::getegid();
  std::string failure_;
};

int namespace_flags(bool own_network) {
  return CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER) |
         (own_network ? CLONE_NEWNET : 0);
}

// Like fork, into new namespaces. The caller has one thread, so the child may allocate.
pid_t fork_into(int flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
}

// What the child wrote before it went on (nothing) or gave up.
std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 512> buffer;
  for (;;) {
    ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
}

[[noreturn]] void report_and_leave(int descriptor, std::string_view text) {
  ssize_t written = ::write(descriptor, text.data(), text.size());
  ::_exit(written == static_cast<ssize_t>(text.size()) ? 125 : 126);
}

// In the new process: sets up, drops privileges, runs the host's steps.
[[noreturn]] void child(Setup& setup, const Plan& plan, const HostPlan& host, int output, int errors, int said) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (plan.isolated) {
    if (std::string failure = setup.run(); !failure.empty()) report_and_leave(said, failure);
  }
  HostProcess process(plan, host);
  if (std::string failure = process.take_on_limits(output, errors); !failure.empty()) report_and_leave(said, failure);
  ::close_range(3, ~0U, 0);  // also `said`: its end without a word is the good news
  ::_exit(process.run());
}

}  // namespace

Outcome<void> can_isolate() {
  constexpr std::string_view advice =
      "jobs run without a private root until user namespaces are allowed (Ubuntu 24.04: sysctl "
      "kernel.apparmor_restrict_unprivileged_userns=0; Debian: sysctl kernel.unprivileged_userns_clone=1; a container "
      "needs CAP_SYS_ADMIN)";
  // A child that only unshares and mounts: enough to meet what a kernel, AppArmor or a container forbids.
  pid_t process = fork_into(namespace_flags(false));
  if (process < 0) return Error{"NoNamespaces", fmt::format("{}; {}", std::strerror(errno), advice), 500, {}};
  if (process == 0) {
    bool mounted = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   ::mount("tmpfs", "/tmp", "tmpfs", 0, "size=64k") == 0;
    ::_exit(mounted ? 0 : errno);
  }
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Error{"NoNamespaces", fmt::format("mount: {}; {}", std::strerror(WEXITSTATUS(status)), advice), 500, {}};
}

Outcome<pid_t> start_host(const Plan& plan, const HostPlan& host, int output, int errors) {
  std::array<int, 2> said;
  if (::pipe2(said.data(), O_CLOEXEC) != 0) return Error{"SandboxError", "pipe: too many open files", 500, {}};
  Setup setup(plan, host);
  pid_t process = fork_into(plan.isolated ? namespace_flags(plan.own_network) : 0);
  if (process == 0) {
    ::close(said[0]);
    child(setup, plan, host, output, errors, said[1]);
  }
  int number = errno;
  ::close(said[1]);
  if (process < 0) {
    ::close(said[0]);
    return Error{
        "SandboxError", fmt::format("cannot start a process for {}: {}", host.name, std::strerror(number)), 500, {}};
  }
  std::string failure = read_all(said[0]);
  ::close(said[0]);
  if (failure.empty()) return process;
  ::waitpid(process, nullptr, 0);
  return Error{"SandboxError", fmt::format("cannot set up {}: {}", host.name, failure), 500, {}};
}

void kill_host(const Plan& plan, pid_t process) {
  if (!plan.isolated) kill_descendants(process);
  ::kill(process, SIGKILL);
}

void terminate_host(pid_t process) {
  ::kill(process, SIGTERM);
}

}  // namespace penstock::job
