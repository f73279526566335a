#include "cli/kit.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/kit_commands.h"

namespace penstock::cli {

bool is_kit_command(std::string_view name) {
  return std::ranges::any_of(kit_commands, [&](const KitCommand& command) { return command.name == name; });
}

int become_kit(Session& session, char** argv) {
  const std::string path = session.program.substr(0, session.program.rfind('/') + 1) + "penstock-kit";
  std::string name = "penstock-kit";
  char* const program = argv[0];
  argv[0] = name.data();
  ::execv(path.c_str(), argv);
  argv[0] = program;
  session.terminal.error(
      fmt::format("penstock: cannot start {}: {}; `make build` makes it, once `make setup` has made its "
                  "Python environment",
                  path, std::strerror(errno)));
  return 1;
}

}  // namespace penstock::cli
