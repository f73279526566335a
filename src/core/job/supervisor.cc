#include "core/job/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "core/job/archive.h"
#include "core/job/log_file.h"
#include "core/job/plan.h"
#include "core/job/process_tree.h"
#include "core/job/sandbox.h"

namespace penstock::job {

namespace {

constexpr int turn_milliseconds = 50;  // how soon a stop is seen
constexpr double flush_seconds = 0.05;
constexpr double usage_check_seconds = 0.5;
constexpr double usage_check_share = 20;  // looking takes at most a twentieth of the time
constexpr double last_words_seconds = 2;  // how long a pipe may stay open after its host ended
constexpr int exit_already_started = 75;  // EX_TEMPFAIL
constexpr int exit_unusable = 74;         // EX_IOERR

volatile sig_atomic_t asked_to_stop = 0;

struct Host {
  const HostPlan* plan = nullptr;
  pid_t process = 0;
  bool running = false;
};

// Readers see the old or the new content. Durable at once only when asked for: that waits for the disk.
bool replace_file(const std::string& path, std::string_view text, bool durable) {
  std::string fresh = path + ".new";
  int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 (!durable || ::fdatasync(file) == 0);
  ::close(file);
  return written && ::rename(fresh.c_str(), path.c_str()) == 0;
}

// Makes a file that marks a fact once and for all; durable when this returns.
bool mark_once(const std::string& folder, const char* name) {
  int file = ::open((folder + "/" + name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  ::close(file);
  int whole = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool durable = whole >= 0 && ::fsync(whole) == 0;
  if (whole >= 0) ::close(whole);
  return durable;
}

class Supervisor {
 public:
  Supervisor(std::string folder, Plan plan)
      : folder_(std::move(folder)), plan_(std::move(plan)), log_(clock_, folder_ + "/log", plan_.limits.log_bytes) {}

  void run() {
    report_.supervisor = ::getpid();
    report_.started = clock_.now().microseconds;
    for (const std::string& note : plan_.notes) log_.append(0, true, "penstock: " + note);
    if (start_hosts()) {
      report_.phase = Report::Phase::running;
      write_report();
      while (any_running()) turn();
      if (!plan_.isolated) kill_descendants(::getpid());  // what left its host came to us
      read_last_words();
      log_.flush();
      report_.phase = Report::Phase::archiving;
      write_report();
      make_archives();
    }
    log_.flush();
    collect_last_errors();
    report_.phase = Report::Phase::ended;
    report_.ended = clock_.now().microseconds;
    write_report();
  }

 private:
  bool start_hosts() {
    for (const HostPlan& host : plan_.hosts) {
      std::array<int, 2> output = {-1, -1};
      std::array<int, 2> errors = {-1, -1};
      if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(errors.data(), O_CLOEXEC) != 0) {
        return setup_failed("pipe: too many open files");
      }
      Outcome<pid_t> process = start_host(plan_, host, output[1], errors[1]);
      ::close(output[1]);
      ::close(errors[1]);
      auto index = static_cast<int>(hosts_.size());
      for (auto [descriptor, is_error] : {std::pair{output[0], false}, {errors[0], true}}) {
        ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
        pumps_.push_back(std::make_unique<LinePump>(descriptor, index, is_error));
      }
      report_.hosts.push_back({host.name, 0});
      if (!process) return setup_failed(process.error().message);
      hosts_.push_back({&host, *process, true});
    }
    return true;
  }

  bool setup_failed(std::string message) {
    report_.cause = Report::Cause::setup;
    report_.message = std::move(message);
    kill_all();
    for (Host& host : hosts_) ::waitpid(host.process, nullptr, 0);
    return false;
  }

  bool any_running() const {
    for (const Host& host : hosts_) {
      if (host.running) return true;
    }
    return false;
  }

  void turn() {
    std::vector<pollfd> waits;
    for (const auto& pump : pumps_)
      waits.push_back({closed_.contains(pump.get()) ? -1 : pump->descriptor(), POLLIN, 0});
    int ready = ::poll(waits.data(), waits.size(), turn_milliseconds);
    if (ready > 0) {
      for (size_t i = 0; i < pumps_.size(); ++i) {
        if (waits[i].revents == 0) continue;
        if (!pumps_[i]->pump(log_)) close_pump(*pumps_[i]);
      }
    }
    // Lines of a busy log are written together; the end of the job flushes the rest.
    if (Time now = clock_.now(); now >= flush_at_) {
      log_.flush();
      flush_at_ = plus_seconds(now, flush_seconds);
    }
    reap();
    look_at_time();
    look_at_usage();
  }

  void reap() {
    for (size_t i = 0; i < hosts_.size(); ++i) {
      Host& host = hosts_[i];
      int status = 0;
      if (!host.running || ::waitpid(host.process, &status, WNOHANG) != host.process) continue;
      host.running = false;
      int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      report_.hosts[i].exit_code = code;
      // One failed host fails the job: the others need not go on.
      if (code != 0) begin_stop(Report::Cause::exited, {});
    }
  }

  void look_at_time() {
    Time now = clock_.now();
    if (!stopping_) {
      if (asked_to_stop != 0 || ::access((folder_ + "/stop").c_str(), F_OK) == 0) {
        begin_stop(Report::Cause::stopped, {});
      } else if (now >= plus_seconds(Time{report_.started}, static_cast<double>(plan_.limits.runtime_seconds_max))) {
        begin_stop(Report::Cause::timed_out, {});
      }
    } else if (now >= kill_at_) {
      kill_all();
    }
  }

  void look_at_usage() {
    Time now = clock_.now();
    if (now < look_at_usage_at_) return;
    std::string problem;
    Report::Cause cause = Report::Cause::memory;
    for (const Host& host : hosts_) {
      if (!host.running || !problem.empty()) continue;
      int64_t memory_max = plan_.limits.memory_bytes;
      if (memory_max > 0 && memory_in_use(host.process, memory_max) > memory_max) {
        problem = fmt::format("{} used more than its {} MiB of memory", host.plan->name, memory_max >> 20);
      } else if (disk_is_short(host)) {
        cause = Report::Cause::disk;
        problem = disk_problem_;
      }
    }
    if (!problem.empty()) {
      begin_stop(cause, problem);
      kill_all();  // what eats the machine gets no grace
    }
    double took = clock_.now().seconds() - now.seconds();
    look_at_usage_at_ = plus_seconds(clock_.now(), std::max(usage_check_seconds, took * usage_check_share));
  }

  bool disk_is_short(const Host& host) {
    int64_t most = plan_.limits.disk_bytes;
    if (most > 0 && disk_in_use(host.plan->root, most) > most) {
      disk_problem_ = fmt::format("{} wrote more than its volume of {} MiB", host.plan->name, most >> 20);
      return true;
    }
    Outcome<uint64_t> free = disk_.free_bytes(folder_);
    if (free && static_cast<int64_t>(*free) < plan_.limits.free_disk_bytes_min) {
      disk_problem_ = fmt::format("the disk has less than {} MiB left", plan_.limits.free_disk_bytes_min >> 20);
      return true;
    }
    return false;
  }

  void begin_stop(Report::Cause cause, std::string message) {
    if (stopping_) return;
    stopping_ = true;
    report_.cause = cause;
    report_.message = std::move(message);
    kill_at_ = plus_seconds(clock_.now(), static_cast<double>(plan_.limits.stop_seconds));
    for (const Host& host : hosts_) {
      if (host.running) terminate_host(host.process);
    }
  }

  void kill_all() {
    for (const Host& host : hosts_) {
      if (host.running) kill_host(plan_, host.process);
    }
  }

  void close_pump(LinePump& pump) {
    pump.finish(log_);
    ::close(pump.descriptor());
    closed_.insert(&pump);
  }

  // All processes are gone, so the pipes end; what a plain process left behind may keep one open.
  void read_last_words() {
    Time until = plus_seconds(clock_.now(), last_words_seconds);
    for (const auto& pump : pumps_) {
      while (!closed_.contains(pump.get())) {
        pollfd wait = {pump->descriptor(), POLLIN, 0};
        ::poll(&wait, 1, turn_milliseconds);
        if ((wait.revents != 0 && !pump->pump(log_)) || clock_.now() > until) close_pump(*pump);
      }
    }
  }

  void make_archives() {
    for (const Archive& archive : plan_.archives) {
      std::vector<std::string> folders;
      for (const std::string& folder : archive.folders) {
        if (!leads_elsewhere(folder_, folder) && !is_empty_tree(folder)) folders.push_back(folder);
      }
      Outcome<void> made = make_archive(folders, archive.file);
      if (!made && report_.message.empty()) {
        report_.cause = Report::Cause::disk;
        report_.message = made.error().message;
      }
    }
  }

  void collect_last_errors() {
    for (const auto& pump : pumps_) {
      if (!pump->is_error()) continue;
      std::string prefix = hosts_.size() > 1 ? plan_.hosts[static_cast<size_t>(pump->host())].name + ": " : "";
      for (const std::string& line : pump->last_lines()) report_.last_errors.push_back(prefix + line);
    }
  }

  // Only the end must outlive a loss of power: a job without one counts as lost. A full disk must not lose it: the
  // reserve was left for this; try until it fits.
  void write_report() {
    std::string text = to_string(to_json(report_));
    while (!replace_file(folder_ + "/status.json", text, report_.phase == Report::Phase::ended))
      ::poll(nullptr, 0, 1'000);
  }

  SystemClock clock_;
  SystemDisk disk_;
  const std::string folder_;
  const Plan plan_;
  LogFile log_;
  Report report_;
  std::vector<Host> hosts_;
  std::vector<std::unique_ptr<LinePump>> pumps_;  // two a host
  std::set<const LinePump*> closed_;
  bool stopping_ = false;
  Time kill_at_;
  Time look_at_usage_at_;
  Time flush_at_;
  std::string disk_problem_;
};

}  // namespace

int supervise(const std::string& folder) {
  int lock = ::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return exit_unusable;
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(lock, F_OFD_SETLK, &whole) != 0) return exit_already_started;
  errno = 0;
  if (!mark_once(folder, "started")) return errno == EEXIST ? exit_already_started : exit_unusable;
  for (int ignored : {SIGINT, SIGHUP, SIGPIPE}) ::signal(ignored, SIG_IGN);
  struct sigaction stop = {};
  stop.sa_handler = [](int) { asked_to_stop = 1; };
  ::sigaction(SIGTERM, &stop, nullptr);
  struct sigaction wake = {};
  wake.sa_handler = [](int) {};  // the end of a host interrupts the poll
  ::sigaction(SIGCHLD, &wake, nullptr);
  SystemDisk disk;
  Outcome<std::string> text = disk.read_file(folder + "/plan.json");
  if (!text) return exit_unusable;
  Outcome<Json> json = parse_json(*text);
  if (!json) return exit_unusable;
  Outcome<Plan> plan = plan_from_json(*json);
  if (!plan) return exit_unusable;
  if (!plan->isolated) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  Supervisor(folder, *std::move(plan)).run();
  return 0;
}

}  // namespace penstock::job
