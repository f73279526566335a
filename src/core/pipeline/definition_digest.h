// The digest of a definition: what says that two state machines, in whatever environment, run the same pipeline.
#pragma once

#include <string>
#include <string_view>

namespace penstock::pipeline {

// "sha256:" and 64 hex digits, over the definition's JSON with the members of each object in the order of their names
// and no blanks between, so that neither layout nor order counts. Numbers and texts count as written. A text that is
// not JSON is digested as it is.
std::string definition_digest(std::string_view definition);

}  // namespace penstock::pipeline
