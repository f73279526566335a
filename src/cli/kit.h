// The way to penstock-kit, the executable beside this one.
#pragma once

#include <string_view>

#include "cli/command.h"

namespace penstock::cli {

// Whether penstock-kit has a command of that name.
bool is_kit_command(std::string_view name);

// Becomes `penstock-kit argv[1] ...`. Returns, with exit status 1, only when it cannot.
int become_kit(Session& session, char** argv);

}  // namespace penstock::cli
