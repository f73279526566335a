// `penstock env`: everything that AWS clients need to reach the server, as shell exports; `penstock completion`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/encoding.h"
#include "cli/command.h"
#include "cli/kit_commands.h"

namespace penstock::cli {

namespace {

// The Step Functions and SageMaker SDKs need three things that no variable gives:
// `aws configure get region` reads only a config file, and the SageMaker SDK asks the real STS for its default bucket
// unless a config override names it.
Outcome<int> print_environment(Session& session) {
  auto client = session.client();
  if (!client) return client.error();
  auto account = (*client)->account();
  if (!account) return account.error();
  const ClientOptions& options = (*client)->options();
  const std::string folder = default_data_folder() + "/client";
  if (auto made = session.disk.make_folders(folder); !made) return made.error();
  const std::string aws_config = folder + "/aws-config";
  const std::string sagemaker_config = folder + "/sagemaker-config.yaml";
  auto written = session.disk.write_file_atomically(
      aws_config,
      fmt::format("[default]\nregion = {}\noutput = json\nendpoint_url = {}\n", options.region, options.endpoint));
  if (!written) return written.error();
  written = session.disk.write_file_atomically(
      sagemaker_config, fmt::format("SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      Session:\n    "
                                    "    DefaultS3Bucket: sagemaker-{}-{}\n",
                                    options.region, *account));
  if (!written) return written.error();
  std::vector<std::pair<const char*, std::string>> variables = {
      {"AWS_ENDPOINT_URL", options.endpoint},
      {"AWS_ACCESS_KEY_ID", options.keys.access_key},
      {"AWS_SECRET_ACCESS_KEY", options.keys.secret},
      {"AWS_REGION", options.region},
      {"AWS_DEFAULT_REGION", options.region},
      {"AWS_CONFIG_FILE", aws_config},
      {"SAGEMAKER_USER_CONFIG_OVERRIDE", sagemaker_config},
      {"AWS_EC2_METADATA_DISABLED", "true"},
      // StartSyncExecution goes to "sync-" + the host's name, which no resolver knows.
      {"AWS_DISABLE_HOST_PREFIX_INJECTION", "true"},
      {"SAGEMAKER_SUPPRESS_V2_WARNING", "1"},
  };
  if (!options.session_token.empty()) variables.emplace_back("AWS_SESSION_TOKEN", options.session_token);
  for (const auto& [name, value] : variables) {
    session.terminal.line(fmt::format("export {}='{}'", name, replace_all(value, "'", "'\\''")));
  }
  return 0;
}

constexpr std::string_view bash_script = R"sh(# eval "$(penstock completion bash)"
_penstock() {{
  local word=${{COMP_WORDS[COMP_CWORD]}}
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "{commands}" -- "$word"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{cases}  esac
}}
complete -o default -F _penstock penstock
)sh";

std::string completion_script(std::string_view shell, Session& session) {
  std::vector<std::string_view> names;
  std::string bash_cases, fish;
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    names.push_back(command.name);
    CLI::App app(command.summary, command.name);
    command.configure(app, session);
    std::vector<std::string> flags;
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        flags.push_back("--" + name);
        fish += fmt::format("complete -c penstock -n '__fish_seen_subcommand_from {}' -l {} -d '{}'\n", command.name,
                            name, replace_all(option->get_description(), "'", "\\'"));
      }
    }
    bash_cases += fmt::format("    {}) COMPREPLY=($(compgen -W \"{} @latest\" -- \"$word\")) ;;\n", command.name,
                              fmt::join(flags, " "));
    fish +=
        fmt::format("complete -c penstock -f -n __fish_use_subcommand -a {} -d '{}'\n", command.name, command.summary);
  }
  for (const KitCommand& command : kit_commands) {
    names.push_back(command.name);
    fish += fmt::format("complete -c penstock -n __fish_use_subcommand -a {} -d '{}'\n", command.name, command.summary);
  }
  const std::string bash =
      fmt::format(bash_script, fmt::arg("commands", fmt::join(names, " ")), fmt::arg("cases", bash_cases));
  if (shell == "fish") return fish;
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash;
  return bash;
}

}  // namespace

std::function<int()> configure_env(CLI::App& app, Session& session) {
  app.footer("Use: eval \"$(penstock env)\"");
  return [&session] {
    auto printed = print_environment(session);
    return printed ? *printed : report(session, printed.error());
  };
}

std::function<int()> configure_completion(CLI::App& app, Session& session) {
  auto shell = std::make_shared<std::string>("bash");
  app.add_option("shell", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->capture_default_str();
  return [&session, shell] {
    session.terminal.out(completion_script(*shell, session));
    return 0;
  };
}

}  // namespace penstock::cli
