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

// Runs what `action` holds once the line is parsed; the options of `app` set it. A first word that is none of `names`
// is said with the one that was meant ("unknown command 'sreve': did you mean 'serve'?"). Returns the exit status: 2
// for wrong usage.
inline int run_command_line(CLI::App& app, int argc, char** argv, const std::vector<std::string_view>& names,
                            const std::function<int()>& action, Terminal& terminal) {
  const std::string_view word = argc > 1 ? argv[1] : "-";
  if (!word.starts_with('-') && std::ranges::find(names, word) == names.end()) {
    const auto nearest = nearest_word(word, names);
    terminal.error(nearest.empty()
                       ? fmt::format("{0}: unknown command '{1}': see {0} --help", app.get_name(), word)
                       : fmt::format("{}: unknown command '{}': did you mean '{}'?", app.get_name(), word, nearest));
    return 2;
  }
  try {  // CLI11 reports by exception
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  return action();
}

}  // namespace penstock::cli
