// Runtime: what stands for a container image. runtimes.yaml maps patterns of image URIs to runtimes; the shipped one is
// part of the program, DATA/runtimes.yaml adds to it and comes first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/outcome.h"
#include "core/job/job.h"

namespace penstock::job {

// A Python environment (venv) of this machine, shared read-only by all jobs that use it.
struct Python {
  std::string folder;         // the venv, resolved
  std::string home;           // bin folder of the interpreter it was made from
  std::string interpreter;    // the interpreter itself, resolved
  std::string version;        // "3.11"
  std::string site_packages;  // absolute
  std::string base() const;   // sys.base_prefix: the folder above `home`
};

struct Runtime {
  std::string name;
  std::vector<std::string> images;  // patterns
  std::string python;               // environment's name or absolute path; empty: none
  bool script_mode = false;
  std::string module;
  std::string compatibility;  // a name of find_compatibility, or empty; needs `python`
  // penstock-kit is on the job's PATH. "commands", or the built-in algorithm that runs when a job names no entry point.
  std::string kit;
  std::vector<MetricDefinition> metrics;  // of jobs that define none, as SageMaker has them for its own algorithms
  Variables environment;
};

// penstock-kit as jobs see it.
struct Kit {
  std::string program;               // on this machine
  std::vector<std::string> folders;  // of its libraries, seen at the same place
};
// The algorithm that a runtime runs by itself; empty: none.
std::string_view builtin_algorithm(const Runtime& runtime);

// A Python module, part of the program, that gives scripts of old releases what they expect; a job's interpreter loads
// it when it starts.
struct Compatibility {
  std::string_view name;    // as runtimes.yaml says it
  std::string_view module;  // as Python says it
  std::string_view source;
};
// Null for an unknown name.
const Compatibility* find_compatibility(std::string_view name);

class Runtimes {
 public:
  // Reads the shipped list and `user_file` (absent is fine). `cache` holds the Python environments; empty: the variable
  // PENSTOCK_CACHE, else ~/.cache/penstock. InvalidRuntimes names the file, the line and what is wrong.
  static Outcome<Runtimes> open(Disk& disk, std::string user_file, std::string cache = {});

  // The runtime of an image. ValidationException when there is none: its message holds the three lines to add.
  Outcome<Runtime> find(std::string_view image) const;
  // The environment of a runtime that has one. ValidationException when it is not on this machine, saying how to make
  // it.
  Outcome<Python> python(const Runtime& runtime) const;
  // penstock-kit, given its path; ValidationException when it is not there, saying how to make it.
  static Outcome<Kit> kit(const std::string& program);
  const std::vector<Runtime>& all() const { return runtimes_; }

 private:
  std::vector<Runtime> runtimes_;
  std::string user_file_;
  std::string cache_;
};

// True when `text` matches `pattern`, where * stands for any text.
bool matches_pattern(std::string_view pattern, std::string_view text);

// Reads a runtimes.yaml; `file` is its name for messages.
Outcome<std::vector<Runtime>> parse_runtimes(const std::string& yaml, const std::string& file);

}  // namespace penstock::job
