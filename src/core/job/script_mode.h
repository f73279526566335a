// Script mode: what the SageMaker training toolkit (sagemaker-training 5.1.4) does between a framework image's start
// and the user's script: reads hyperparameters and configuration, sets SM_* variables, makes the command line. Pure;
// checked against a recorded run of the toolkit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/job/job.h"

namespace penstock::job {

// What the toolkit reads.
struct ScriptInputs {
  Json hyperparameters;    // hyperparameters.json: name -> string
  Json input_data_config;  // inputdataconfig.json: channel -> settings
  Json resource_config;    // resourceconfig.json
  std::string job_name;    // TRAINING_JOB_NAME
  std::string region;
  std::string module;                    // SAGEMAKER_TRAINING_MODULE
  int cores = 1;                         // of the machine, as the toolkit counts them
  std::string base = "/opt/ml";          // where the job sees /opt/ml
  std::string python = "python3";        // the interpreter, absolute
  std::vector<std::string> python_path;  // sys.path of the interpreter
};

struct Script {
  std::string program;           // sagemaker_program
  std::string submit_directory;  // S3 URI of the tar.gz, or a folder in the job; may be empty
  std::vector<std::string> arguments;
  Variables environment;
};

// Reads the inputs. A program is needed: "ExecuteUserScriptError" is not it; the error carries the toolkit's words.
Outcome<Script> read_script(const ScriptInputs& inputs);

// The command that runs the script: a .py file, a module of the package when there is a setup.py, else a shell command.
std::vector<std::string> script_command(const Script& script, const std::string& python, bool has_setup);

// A hyperparameter as the toolkit decodes it: JSON when it is JSON, else the text itself.
Json decode_hyperparameter(std::string_view text);

// Compact JSON with sorted keys, ASCII only, numbers as Python prints them (json.dumps(sort_keys=True)).
std::string python_json(const Json& value);

}  // namespace penstock::job
