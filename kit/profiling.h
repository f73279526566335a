// Profiling a data set, for every command that needs its figures.
#pragma once

#include <string>

#include "base/outcome.h"
#include "core/explore/profiler.h"
#include "kit/command.h"
#include "kit/reader.h"

namespace penstock::kit {

struct ProfilingOptions {
  ReadOptions read;
  explore::ProfileOptions profile;
  size_t memory_megabytes = 160;  // that exact values may take before they go to temporary files
};

// Declares those of the options that several commands share: how data is read, and --memory.
void add_profiling_options(CLI::App& app, ProfilingOptions& options);

// Reads and profiles the data set, with a progress bar on a terminal.
Outcome<explore::Profile> profile_data(Session& session, const std::string& data, const ProfilingOptions& options);

// The summary for a person.
void print_profile(Session& session, const explore::Profile& profile);

}  // namespace penstock::kit
