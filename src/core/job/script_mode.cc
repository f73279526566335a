#include "core/job/script_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/encoding.h"

namespace penstock::job {

namespace {

// Python's repr of a float that JSON wrote as `value`.
std::string python_float(double value) {
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  double size = std::fabs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e16)) {
    std::string text = fmt::format("{:e}", value);
    char buffer[64];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
    return error == std::errc() ? std::string(buffer, end) : text;
  }
  char buffer[64];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  std::string text(buffer, error == std::errc() ? end : buffer);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string python_number(const Json& value) {
  std::string_view lexeme = value.lexeme();
  if (lexeme.find_first_of(".eE") == std::string_view::npos) return std::string(lexeme);  // an int keeps its digits
  return python_float(value.as_double());
}

std::vector<const JsonMember*> sorted_members(const Json& object) {
  std::vector<const JsonMember*> members;
  for (const JsonMember& member : object.members()) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](const JsonMember* a, const JsonMember* b) { return a->key < b->key; });
  return members;
}

// The code point that starts at text[i]; moves i behind it. `text` is valid UTF-8.
uint32_t next_code_point(std::string_view text, size_t& i) {
  auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at])); };
  uint32_t lead = byte(i);
  size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t code = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (size_t k = 1; k < length; ++k) code = code << 6 | (byte(i + k) & 0x3f);
  i += length;
  return code;
}

void append_ascii_string(std::string& out, std::string_view text) {
  std::string plain;
  append_json_string(plain, text);
  for (size_t i = 0; i < plain.size();) {
    if (static_cast<unsigned char>(plain[i]) < 0x80) {
      out.push_back(plain[i++]);
      continue;
    }
    uint32_t code = next_code_point(plain, i);
    if (code >= 0x10000) {
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
      out += fmt::format("\\u{:04x}", code);
    }
  }
}

void append_python_json(std::string& out, const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      out += "null";
      return;
    case Json::Kind::boolean:
      out += value.as_boolean() ? "true" : "false";
      return;
    case Json::Kind::number:
      out += python_number(value);
      return;
    case Json::Kind::string:
      append_ascii_string(out, value.as_string());
      return;
    case Json::Kind::array: {
      out.push_back('[');
      bool first = true;
      for (const Json& item : value.items()) {
        if (!std::exchange(first, false)) out.push_back(',');
        append_python_json(out, item);
      }
      out.push_back(']');
      return;
    }
    case Json::Kind::object: {
      out.push_back('{');
      bool first = true;
      for (const JsonMember* member : sorted_members(value)) {
        if (!std::exchange(first, false)) out.push_back(',');
        append_ascii_string(out, member->key);
        out.push_back(':');
        append_python_json(out, member->value);
      }
      out.push_back('}');
      return;
    }
  }
}

// Python's str() of a decoded value, or its repr() inside of containers.
std::string python_text(const Json& value, bool quoted) {
  switch (value.kind()) {
    case Json::Kind::null:
      return "None";
    case Json::Kind::boolean:
      return value.as_boolean() ? "True" : "False";
    case Json::Kind::number:
      return python_number(value);
    case Json::Kind::string: {
      std::string text(value.as_string());
      if (!quoted) return text;
      bool double_quotes = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
      if (double_quotes) return "\"" + text + "\"";
      return "'" + replace_all(replace_all(std::move(text), "\\", "\\\\"), "'", "\\'") + "'";
    }
    case Json::Kind::array: {
      std::string text;
      for (const Json& item : value.items()) text += (text.empty() ? "" : ", ") + python_text(item, true);
      return "[" + text + "]";
    }
    case Json::Kind::object: {
      std::string text;
      for (const JsonMember& member : value.members()) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", python_text(member.key, true),
                            python_text(member.value, true));
      }
      return "{" + text + "}";
    }
  }
  return {};
}

// sagemaker_training/mapping.py, to_cmd_args.
std::vector<std::string> to_arguments(const Json& hyperparameters) {
  std::vector<std::string> arguments;
  for (const JsonMember* member : sorted_members(hyperparameters)) {
    if (member->key.empty()) {
      arguments.emplace_back();
    } else {
      arguments.push_back((member->key.size() > 1 ? "--" : "-") + member->key);
    }
    const Json& value = member->value;
    if (value.is_null()) {
      arguments.emplace_back();
    } else if (value.is_object()) {
      std::string pairs;
      for (const JsonMember* pair : sorted_members(value)) {
        pairs += fmt::format("{}{}={}", pairs.empty() ? "" : ",", pair->key, python_text(pair->value, false));
      }
      arguments.push_back(std::move(pairs));
    } else {
      arguments.push_back(python_text(value, false));
    }
  }
  return arguments;
}

// sagemaker_training/mapping.py, to_env_vars: strings raw, null empty, the rest JSON.
std::string to_variable(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string(value.as_string());
  return python_json(value);
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

Json sorted_names(const Json& object) {
  Json names = Json::array();
  if (!object.is_object()) return names;
  for (const JsonMember* member : sorted_members(object)) names.push_back(member->key);
  return names;
}

// What the toolkit withholds from the script (sagemaker_*) and what it hands on.
struct Hyperparameters {
  Json user = Json::object();
  Json platform = Json::object();
};

Hyperparameters split_hyperparameters(const Json& all) {
  Hyperparameters split;
  if (!all.is_object()) return split;
  for (const JsonMember& member : all.members()) {
    Json value = member.value.is_string() ? decode_hyperparameter(member.value.as_string()) : member.value;
    bool withheld = member.key.starts_with("sagemaker_") || member.key == "_tuning_objective_metric";
    (withheld ? split.platform : split.user).set(member.key, std::move(value));
  }
  return split;
}

struct Groups {
  Json names = Json::array();
  Json by_name = Json::object();
  std::string current;
  Json hosts_of_current = Json::array();
};

Groups read_groups(const Json& resources) {
  Groups groups;
  groups.current = resources.text("current_group_name", "homogeneousCluster");
  const Json& listed = resources["instance_groups"];
  if (!listed.is_array()) return groups;
  for (const Json& group : listed.items()) {
    groups.names.push_back(std::string(group.text("instance_group_name")));
    groups.by_name.set(group.text("instance_group_name"), group);
    if (group.text("instance_group_name") == groups.current) groups.hosts_of_current = group["hosts"];
  }
  return groups;
}

// The toolkit's Environment as its SM_TRAINING_ENV shows it; every SM_* variable below is one of its members.
Json training_environment(const ScriptInputs& inputs, const Hyperparameters& parameters, std::string_view program) {
  const Json& resources = inputs.resource_config;
  const Groups groups = read_groups(resources);
  Json channels = Json::object();
  const Json names = sorted_names(inputs.input_data_config);
  for (const Json& name : names.items()) {
    channels.set(name.as_string(), fmt::format("{}/input/data/{}", inputs.base, name.as_string()));
  }
  std::string_view host = resources.text("current_host");
  const Json& hosts = resources["hosts"];
  std::string_view master = hosts.is_array() && hosts.size() > 0 ? hosts.items().front().as_string() : host;
  const Json* level = parameters.platform.find("sagemaker_container_log_level");
  const Json* job = parameters.platform.find("sagemaker_job_name");
  std::string module(program.ends_with(".py") ? program.substr(0, program.size() - 3) : program);
  const Json* source = parameters.platform.find("sagemaker_submit_directory");
  std::string output = inputs.base + "/output";
  return Json::object({{"additional_framework_parameters", Json::object()},
                       {"channel_input_dirs", std::move(channels)},
                       {"current_host", host},
                       {"current_instance_group", groups.current},
                       {"current_instance_group_hosts", groups.hosts_of_current},
                       {"current_instance_type", resources.text("current_instance_type", "local")},
                       {"distribution_hosts", Json::array()},
                       {"distribution_instance_groups", Json::array()},
                       {"framework_module", inputs.module.empty() ? Json() : Json(inputs.module)},
                       {"hosts", hosts},
                       {"hyperparameters", parameters.user},
                       {"input_config_dir", inputs.base + "/input/config"},
                       {"input_data_config", inputs.input_data_config},
                       {"input_dir", inputs.base + "/input"},
                       {"instance_groups", groups.names},
                       {"instance_groups_dict", groups.by_name},
                       {"is_hetero", groups.names.size() > 1},
                       {"is_master", host == master},
                       {"is_modelparallel_enabled", nullptr},
                       {"is_smddpmprun_installed", false},
                       {"is_smddprun_installed", false},
                       {"job_name", job != nullptr ? *job : Json(inputs.job_name)},
                       {"log_level", level != nullptr ? *level : Json(20)},
                       {"master_hostname", master},
                       {"model_dir", inputs.base + "/model"},
                       {"module_dir", source != nullptr ? *source : Json(inputs.base + "/code")},
                       {"module_name", module},
                       {"network_interface_name", resources.text("network_interface_name", "eth0")},
                       {"num_cpus", inputs.cores},
                       {"num_gpus", 0},
                       {"num_neurons", 0},
                       {"output_data_dir", output + "/data"},
                       {"output_dir", output},
                       {"output_intermediate_dir", output + "/intermediate"},
                       {"resource_config", resources},
                       {"topology", Json::array()},
                       {"user_entry_point", program}});
}

Variables to_variables(const ScriptInputs& inputs, const Json& environment, const std::vector<std::string>& arguments) {
  // SM_ name -> member of the environment (sagemaker_training/environment.py, to_env_vars).
  static const std::vector<std::pair<const char*, const char*>> names = {
      {"SM_HOSTS", "hosts"},
      {"SM_NETWORK_INTERFACE_NAME", "network_interface_name"},
      {"SM_HPS", "hyperparameters"},
      {"SM_USER_ENTRY_POINT", "user_entry_point"},
      {"SM_FRAMEWORK_PARAMS", "additional_framework_parameters"},
      {"SM_RESOURCE_CONFIG", "resource_config"},
      {"SM_INPUT_DATA_CONFIG", "input_data_config"},
      {"SM_OUTPUT_DATA_DIR", "output_data_dir"},
      {"SM_CURRENT_HOST", "current_host"},
      {"SM_CURRENT_INSTANCE_TYPE", "current_instance_type"},
      {"SM_CURRENT_INSTANCE_GROUP", "current_instance_group"},
      {"SM_CURRENT_INSTANCE_GROUP_HOSTS", "current_instance_group_hosts"},
      {"SM_INSTANCE_GROUPS", "instance_groups"},
      {"SM_INSTANCE_GROUPS_DICT", "instance_groups_dict"},
      {"SM_DISTRIBUTION_INSTANCE_GROUPS", "distribution_instance_groups"},
      {"SM_IS_HETERO", "is_hetero"},
      {"SM_MODULE_NAME", "module_name"},
      {"SM_LOG_LEVEL", "log_level"},
      {"SM_FRAMEWORK_MODULE", "framework_module"},
      {"SM_INPUT_DIR", "input_dir"},
      {"SM_INPUT_CONFIG_DIR", "input_config_dir"},
      {"SM_OUTPUT_DIR", "output_dir"},
      {"SM_OUTPUT_INTERMEDIATE_DIR", "output_intermediate_dir"},
      {"SM_NUM_CPUS", "num_cpus"},
      {"SM_NUM_GPUS", "num_gpus"},
      {"SM_NUM_NEURONS", "num_neurons"},
      {"SM_MODEL_DIR", "model_dir"},
      {"SM_MODULE_DIR", "module_dir"},
      {"SAGEMAKER_JOB_NAME", "job_name"},
      {"CURRENT_HOST", "current_host"},
  };
  Variables variables;
  for (const auto& [name, member] : names) variables.emplace_back(name, to_variable(environment[member]));
  variables.emplace_back("SM_CHANNELS", python_json(sorted_names(inputs.input_data_config)));
  variables.emplace_back("SM_TRAINING_ENV", python_json(environment));
  Json words = Json::array();
  for (const std::string& argument : arguments) words.push_back(argument);
  variables.emplace_back("SM_USER_ARGS", python_json(words));
  for (const JsonMember& channel : environment["channel_input_dirs"].members()) {
    variables.emplace_back("SM_CHANNEL_" + to_upper(channel.key), channel.value.as_string());
  }
  for (const JsonMember& parameter : environment["hyperparameters"].members()) {
    variables.emplace_back("SM_HP_" + to_upper(parameter.key), to_variable(parameter.value));
  }
  std::string path = inputs.base + "/code";
  for (const std::string& folder : inputs.python_path) path += ":" + folder;
  variables.emplace_back("PYTHONPATH", std::move(path));
  return variables;
}

// shlex.quote
std::string shell_quoted(const std::string& word) {
  constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";
  if (!word.empty() && word.find_first_not_of(safe) == std::string::npos) return word;
  return "'" + replace_all(word, "'", "'\"'\"'") + "'";
}

}  // namespace

Json decode_hyperparameter(std::string_view text) {
  Outcome<Json> json = parse_json(text);
  return json ? *std::move(json) : Json(text);
}

std::string python_json(const Json& value) {
  std::string text;
  append_python_json(text, value);
  return text;
}

Outcome<Script> read_script(const ScriptInputs& inputs) {
  const Hyperparameters parameters = split_hyperparameters(inputs.hyperparameters);
  Script script;
  script.program = parameters.platform.text("sagemaker_program");
  script.submit_directory = parameters.platform.text("sagemaker_submit_directory");
  if (script.program.empty()) {
    return Error{
        "MissingProgram",
        "The training entry point name is empty. Set the 'sagemaker_program' hyperparameter to the name of the "
        "script to run.",
        400,
        {}};
  }
  script.arguments = to_arguments(parameters.user);
  script.environment = to_variables(inputs, training_environment(inputs, parameters, script.program), script.arguments);
  const Json* region = parameters.platform.find("sagemaker_region");
  script.environment.emplace_back("SAGEMAKER_REGION", region != nullptr ? to_variable(*region) : inputs.region);
  return script;
}

std::vector<std::string> script_command(const Script& script, const std::string& python, bool has_setup) {
  const std::string& program = script.program;
  std::vector<std::string> command;
  if (!program.ends_with(".sh") && has_setup) {
    command = {python, "-m", program.ends_with(".py") ? program.substr(0, program.size() - 3) : program};
  } else if (program.ends_with(".py")) {
    command = {python, "--", program};
  } else {
    std::string line = "./" + program;
    for (const std::string& argument : script.arguments) line += " " + shell_quoted(argument);
    return {"/bin/sh", "-c", std::move(line)};
  }
  command.insert(command.end(), script.arguments.begin(), script.arguments.end());
  return command;
}

}  // namespace penstock::job
