// What `penstock deploy DIR` deploys: DIR/template.yaml (or .yml, .json), a CloudFormation template whose properties
// may name local files as for `aws cloudformation package`, and DIR/config/ENVIRONMENT.json with the values of its
// parameters:
//
//   {"Parameters": {"InstanceType": "ml.m5.large", "CodeUri": {"upload": "scripts", "kind": "prefix"}},
//    "Tags": {"team": "census"}}
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/json.h"
#include "base/outcome.h"
#include "cli/pipeline_file.h"

namespace penstock::cli {

// A property of a resource that names a local file, which is uploaded and replaced by where it went.
struct LocalReference {
  enum class Kind { definition, nested_template };  // {"Bucket", "Key"}; an https URL
  std::string resource;                             // logical id
  std::string property;
  Kind kind = Kind::definition;
  std::string path;  // of the file
};

struct DeploymentFolder {
  std::string path;
  std::string environment;
  std::string template_path;
  std::string text;  // the template, as it was written
  Json definition;   // the same, short tags in their long form
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::vector<Placeholder> uploads = {};  // parameters whose value is the URI of something to upload
  std::vector<std::pair<std::string, std::string>> tags = {};
  std::vector<LocalReference> references = {};

  // Where relative paths of uploads start.
  PipelineFile upload_source() const { return {environment, path, {}, {}}; }
};

// Reads the folder for one environment; `settings` (NAME=VALUE) win over the file. A parameter of the template named
// Environment gets the environment's name unless a value is given. Without a config folder only the settings and the
// template's defaults count. The error lists everything that is wrong: parameters that the template does not have or
// that have no value, files that are not there.
Outcome<DeploymentFolder> read_deployment_folder(Disk& disk, const std::string& path, const std::string& environment,
                                                 const std::vector<std::string>& settings);

// The local files that a template names; `path` is the template's.
std::vector<LocalReference> find_local_references(const Json& definition, const std::string& path);
// The template with the property of one reference set to where its file went.
void set_reference(Json& definition, const LocalReference& reference, Json location);

}  // namespace penstock::cli
