#include "kit/temporary.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/available_memory.h"

namespace penstock::kit {

TemporaryFolder::TemporaryFolder(Disk& disk) : disk_(disk) {
  const char* given = std::getenv("TMPDIR");
  path_ = fmt::format("{}/penstock-kit-{}", given && *given ? given : "/tmp", ::getpid());
}

void add_memory_option(CLI::App& app, size_t& megabytes, std::string_view what) {
  app.add_option("--memory", megabytes, fmt::format("megabytes of {} to hold before using temporary files", what))
      ->capture_default_str()
      ->type_name("MB")
      ->check(CLI::Range(size_t{1}, size_t{1} << 20).description(""));
}

Outcome<void> check_memory(Session& session, uint64_t bytes, std::string_view what) {
  const auto available = available_memory(session.disk);
  if (!available || bytes <= *available) return {};
  constexpr uint64_t megabyte = 1'000'000;
  return Error{.code = "NotEnoughMemory",
               .message = fmt::format("{} takes about {} MB of memory, and {} MB are free", what,
                                      (bytes + megabyte - 1) / megabyte, *available / megabyte)};
}

}  // namespace penstock::kit
