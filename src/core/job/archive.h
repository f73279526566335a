// tar.gz archives: what a training job leaves in /opt/ml/model, and the source code it is given.
#pragma once

#include <string>
#include <vector>

#include "base/outcome.h"

namespace penstock::job {

// Makes `file` of the trees below `folders`, merged in order (the first folder to name a path wins), names relative to
// them, sorted; links are stored as links, devices and sockets left out. Owners and times are not kept, so that equal
// trees give equal archives. Errors: ArchiveError.
Outcome<void> make_archive(const std::vector<std::string>& folders, const std::string& file);

// Unpacks a .tar, .tar.gz, .tar.bz2 or .zip below `folder`. Entries that would leave it (absolute, "..", through a
// link) are refused: ArchiveError.
Outcome<void> unpack_archive(const std::string& file, const std::string& folder);

// True when a part of `path` below `base` (its beginning) is a link: the job made it, it may lead anywhere.
bool leads_elsewhere(const std::string& base, const std::string& path);

// True when there is no file in the tree.
bool is_empty_tree(const std::string& folder);

}  // namespace penstock::job
