#include <fmt/format.h>

#include "kit/command.h"

namespace penstock::kit {

Action configure_profile(CLI::App& app, Session& session);
Action configure_constraints(CLI::App& app, Session& session);
Action configure_leakage(CLI::App& app, Session& session);
Action configure_preprocess(CLI::App& app, Session& session);
Action configure_train(CLI::App& app, Session& session);
Action configure_evaluate(CLI::App& app, Session& session);
Action configure_infer(CLI::App& app, Session& session);
Action configure_export(CLI::App& app, Session& session);
Action configure_cv(CLI::App& app, Session& session);
Action configure_backtest(CLI::App& app, Session& session);
Action configure_drift(CLI::App& app, Session& session);
Action configure_builtin(CLI::App& app, Session& session);

namespace {

// One command a line.
// clang-format off
constexpr Command all[] = {
    {"profile", configure_profile},
    {"constraints", configure_constraints},
    {"leakage", configure_leakage},
    {"preprocess", configure_preprocess},
    {"train", configure_train},
    {"evaluate", configure_evaluate},
    {"infer", configure_infer},
    {"export", configure_export},
    {"cv", configure_cv},
    {"backtest", configure_backtest},
    {"drift", configure_drift},
    {"builtin", configure_builtin},
};
// clang-format on

}  // namespace

std::span<const Command> commands() {
  return all;
}

int report(Session& session, const Error& error) {
  session.terminal.error(fmt::format("penstock-kit: {}", error.message.empty() ? error.code : error.message));
  return 1;
}

}  // namespace penstock::kit
