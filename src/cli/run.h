// The parts of `penstock run` that can be tested without a server's answers: values for placeholders, and uploads.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/client/client.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/pipeline_file.h"

namespace penstock::cli {

using aws::Client;

struct RunOptions {
  std::string pipeline;               // a pipeline file, a definition, or the name or ARN of a state machine
  std::string input_file;             // JSON object with values
  std::vector<std::string> settings;  // NAME=VALUE; VALUE is JSON if it reads as JSON and is no bare word, else text
  std::string name;                   // of the execution
  bool detach = false;                // start and do not wait
  bool check_only = false;            // the checks, no upload, no start
};

// Splits s3://bucket/key; nothing when `uri` is not one.
struct S3Location {
  std::string bucket, key;
};
std::optional<S3Location> parse_s3_uri(std::string_view uri);

// A local file or folder to upload: what is at `path`, as one object, as files under a prefix, or as one tar.gz.
struct Upload {
  std::string placeholder;
  std::string path;
  PlaceholderKind kind = PlaceholderKind::object;
  std::vector<std::pair<std::string, std::string>> files;  // name below the prefix, local path
  std::string archive;                                     // the tar.gz, when kind is archive
  std::string digest;                                      // SHA-256 over names and contents, hexadecimal
};

// Reads what is to be uploaded for `placeholder`. Errors name the path: missing, empty, no entry point in it. A
// relative path is looked up beside the pipeline file, then in the cache's data folder ($PENSTOCK_CACHE or
// ~/.cache/penstock)/data.
Outcome<Upload> read_upload(Disk& disk, const PipelineFile& file, const Placeholder& placeholder);

// Sends what is not there yet to BUCKET, below OWNER/uploads/PLACEHOLDER/DIGEST, says so on the terminal, and gives the
// S3 URI: of the object, of the archive, or of the folder with a "/" at its end.
Outcome<std::string> send_upload(Session& session, Client& client, const std::string& bucket, const std::string& owner,
                                 const Upload& upload);

// A tar.gz of the files, the same bytes for the same contents (fixed owner, mode and time).
Outcome<std::string> make_archive(Disk& disk, const std::vector<std::pair<std::string, std::string>>& files);
// The names in a tar.gz; an error when it is none.
Outcome<std::vector<std::string>> archive_names(const std::string& bytes);

// The value of a --set; an error unless it reads NAME=VALUE.
Outcome<JsonMember> parse_setting(const std::string& setting);

int run_pipeline(Session& session, const RunOptions& options);

}  // namespace penstock::cli
