#include "kit/temporary.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace penstock::kit {

TemporaryFolder::TemporaryFolder(Disk& disk) : disk_(disk) {
  const char* given = std::getenv("TMPDIR");
  path_ = fmt::format("{}/penstock-kit-{}", given && *given ? given : "/tmp", ::getpid());
}

}  // namespace penstock::kit
