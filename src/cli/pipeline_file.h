// The file that `penstock run` runs: a YAML manifest beside an ASL definition, saying where each placeholder's value
// comes from; or a bare definition, whose placeholders then all come from --set and --input.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::cli {

// What kind of value a placeholder takes, and so what is checked before a run.
enum class PlaceholderKind {
  text,
  number,
  boolean,
  object,   // s3:// URI of one object
  prefix,   // s3:// URI of a folder that holds at least one object
  archive,  // s3:// URI of a tar.gz, which holds `entry_point` when one is named
  bucket,   // name of a bucket; made when no value is given
  role,     // ARN of a role; made when no value is given
};

struct Placeholder {
  std::string name;
  PlaceholderKind kind = PlaceholderKind::text;
  std::optional<Json> value = {};  // the default
  std::string upload = {};         // local file or folder to upload; its URI is the value
  std::string entry_point = {};    // of an archive
};

struct PipelineFile {
  std::string name;
  std::string folder;  // where relative upload paths start
  std::string definition;
  std::vector<Placeholder> placeholders;
};

// Reads PATH: a YAML file is a manifest, or with StartAt or States in it a definition, as any other file is. Errors
// name file, line and what to write instead.
Outcome<PipelineFile> read_pipeline_file(Disk& disk, const std::string& path);

// A placeholder that a definition uses, with the places that use it (JSON pointers).
struct PlaceholderUse {
  std::string name;
  std::vector<std::string> locations;
};

// Every $$.Execution.Input.NAME (dot or bracket form) and $states.context.Execution.Input.NAME of the definition, and
// every $.NAME and $states.input.NAME of its first state, which reads the execution's input too; not what is in a
// distributed Map's processor, where a child execution's input is its item. In order of first use.
std::vector<PlaceholderUse> find_placeholders(const Json& definition);

}  // namespace penstock::cli
