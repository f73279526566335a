// What `penstock` and `penstock-kit` do alike with their command line; a header alone, since the kit links nothing of
// cli.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/terminal.h"

namespace penstock::cli {

// "penstock: unknown command 'sreve': did you mean 'serve'?"
inline std::string unknown_word(std::string_view where, std::string_view kind, std::string_view word,
                                const std::vector<std::string_view>& known) {
  const auto nearest = nearest_word(word, known);
  return nearest.empty() ? fmt::format("{0}: unknown {1} '{2}': see {0} --help", where, kind, word)
                         : fmt::format("{}: unknown {} '{}': did you mean '{}'?", where, kind, word, nearest);
}

// What is wrong with a line that `app` does not take: the word of it that is unknown, or else what CLI11 says.
inline std::string usage_error(CLI::App& app, int argc, char** argv, std::string_view problem) {
  CLI::App* at = &app;
  std::string where = app.get_name();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::vector<std::string> names;
    const auto subcommands = at->get_subcommands(nullptr);  // all of them
    const auto sub = std::ranges::find(subcommands, word, &CLI::App::get_name);
    if (sub != subcommands.end()) {
      at = *sub;
      where += fmt::format(" {}", word);
      continue;
    }
    const bool option = word.starts_with("--");
    if (!word.starts_with('-')) {
      for (const CLI::App* one : subcommands) names.push_back(one->get_name());
    }
    if (option) {
      for (const CLI::Option* known : at->get_options()) {
        for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
      }
    }
    const std::string_view name = word.substr(0, word.find('='));
    if (names.empty() || std::ranges::find(names, name) != names.end()) continue;
    return unknown_word(where, option ? "option" : "command", name, {names.begin(), names.end()});
  }
  return fmt::format("{0}: {1}: see {0} --help", where, problem);
}

// Runs what `action` holds once the line is parsed; the options of `app` set it. A first word that is none of `names`
// is said with the one that was meant. Returns the exit status: 2 for wrong usage.
inline int run_command_line(CLI::App& app, int argc, char** argv, const std::vector<std::string_view>& names,
                            const std::function<int()>& action, Terminal& terminal) {
  const std::string_view word = argc > 1 ? argv[1] : "-";
  if (!word.starts_with('-') && std::ranges::find(names, word) == names.end()) {
    terminal.error(unknown_word(app.get_name(), "command", word, names));
    return 2;
  }
  try {  // CLI11 reports by exception
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return app.exit(problem);  // --help, --version
    terminal.error(usage_error(app, argc, argv, problem.what()));
    return 2;
  }
  const int status = action();
  if (status == 0 && !terminal.wrote_all()) {
    terminal.error(fmt::format("{}: standard output took not all that was written to it", app.get_name()));
    return 1;
  }
  return status;
}

}  // namespace penstock::cli
