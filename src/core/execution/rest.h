// Rest: all that a restart needs of an execution that only waits, for times and for the answers to task tokens. The
// journal keeps it beside the execution's place (store::JournalBatch::rest), so that a million waiting executions are
// taken up again without reading one of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/pipeline/interpreter.h"

namespace penstock::execution {

struct Rest {
  std::string revision;  // Revision::key
  pipeline::Waits waits;
};

std::string to_bytes(const Rest& rest);
// Nothing when the bytes are not of this form.
std::optional<Rest> parse_rest(std::string_view bytes);

}  // namespace penstock::execution
