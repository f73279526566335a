// `constraints suggest | check`: a data set's assumptions as a file that people edit.
#include "core/explore/constraints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/explore/constraint_check.h"
#include "kit/command.h"
#include "kit/profiling.h"
#include "kit/reader.h"
#include "kit/result.h"
#include "kit/temporary.h"

namespace penstock::kit {

namespace {

constexpr int status_violations = 3;  // as of `drift`: 1 is a failure of the command itself

struct Options {
  std::string data;
  std::string file = "constraints.json";
  std::string violations = "constraint_violations.json";
  ProfilingOptions profiling;
  ResultOptions result;
};

int suggest(Session& session, const Options& options) {
  ProfilingOptions profiling = options.profiling;
  profiling.profile.relations = false;
  profiling.profile.sketches = profiling.profile.orders = true;
  auto profile = profile_data(session, options.data, profiling);
  if (!profile) return report(session, profile.error());
  if (profile->rows == 0)
    return report(session,
                  Error{"NoData", fmt::format("{} has no rows: there is nothing to learn from", options.data)});
  const Json json = explore::constraints_json(explore::suggest_constraints(*profile));
  auto written = session.disk.write_file_atomically(options.file, to_pretty_string(json) + "\n");
  if (!written) return report(session, written.error());
  if (auto result = write_result(session, options.result, json); !result) return report(session, result.error());
  if (!options.result.quiet()) {
    session.terminal.line(fmt::format(
        "{}: constraints on {} that these {} meet. Edit it, then: penstock "
        "constraints check NEW_DATA --constraints {}",
        options.file, counted(profile->columns.size(), "column"), counted(profile->rows, "row"), options.file));
  }
  return 0;
}

Outcome<explore::Constraints> read_constraints(Session& session, const std::string& path) {
  auto text = session.disk.read_file(path);
  if (!text) return text.error();
  auto json = parse_json(*text);
  if (!json) return Error{"BadConstraints", fmt::format("{}: {}", path, json.error().message)};
  auto constraints = explore::parse_constraints(*json);
  if (!constraints) return Error{"BadConstraints", fmt::format("{}: {}", path, constraints.error().message)};
  return constraints;
}

// The data is read with the types of the constraints where any text would do: "02134" stays a text.
ReadOptions reading(const Options& options, const explore::Constraints& constraints) {
  ReadOptions read = options.profiling.read;
  for (const auto& feature : constraints.features) {
    if (feature.type == explore::ColumnType::String) read.types.emplace_back(feature.name, feature.type);
  }
  return read;
}

struct Checked {
  uint64_t rows = 0;
  std::vector<explore::Violation> violations;
};

Outcome<Checked> run_check(Session& session, const Options& options, const explore::Constraints& constraints) {
  auto reader = open_reader(session, options.data, reading(options, constraints));
  if (!reader) return reader.error();
  const TemporaryFolder folder(session.disk);
  explore::Spill spill(session.disk, folder.path(), options.profiling.memory_megabytes << 20);
  std::optional<explore::ConstraintCheck> check;
  Outcome<void> started;
  const auto begin = [&] {
    auto made = explore::ConstraintCheck::make(constraints, spill);
    if (!made) {
      started = made.error();
    } else {
      check.emplace(*std::move(made));
    }
  };
  auto read = stream(session, **reader, begin, [&](const Table& batch) -> Outcome<void> {
    if (!started) return started;
    return check->add(batch.columns);
  });
  if (!read) return read.error();
  auto violations = check->finish();
  if (!violations) return violations.error();
  return Checked{check->rows(), *std::move(violations)};
}

void print_violations(Session& session, const Checked& checked) {
  Terminal& terminal = session.terminal;
  for (const explore::Violation& violation : checked.violations) {
    std::string rows;
    if (!violation.rows.empty()) {
      const bool more = violation.count > violation.rows.size();
      rows = fmt::format(" (rows {}{})", fmt::join(violation.rows, ", "), more ? ", ..." : "");
    }
    terminal.line(fmt::format("{} {}: {}{}", terminal.paint(Terminal::Colour::red, violation.check),
                              violation.feature.empty() ? "data set" : violation.feature, violation.description, rows));
  }
  terminal.line(terminal.paint(
      checked.violations.empty() ? Terminal::Colour::green : Terminal::Colour::bold,
      fmt::format("{}, {}", counted(checked.rows, "row"), counted(checked.violations.size(), "violation"))));
}

int check(Session& session, const Options& options) {
  auto constraints = read_constraints(session, options.file);
  if (!constraints) return report(session, constraints.error());
  auto checked = run_check(session, options, *constraints);
  if (!checked) return report(session, checked.error());
  Json json = explore::violations_json(checked->violations);
  auto written = session.disk.write_file_atomically(options.violations, to_pretty_string(json) + "\n");
  if (!written) return report(session, written.error());
  json.set("rows", checked->rows);
  if (auto result = write_result(session, options.result, json); !result) return report(session, result.error());
  if (!options.result.quiet()) {
    if (!constraints->evaluate)
      session.terminal.line(
          fmt::format("{} has evaluate_constraints Disabled: only features that enable it were checked", options.file));
    print_violations(session, *checked);
  }
  return checked->violations.empty() ? 0 : status_violations;
}

}  // namespace

Action configure_constraints(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  const auto chosen = std::make_shared<int (*)(Session&, const Options&)>(nullptr);
  app.require_subcommand(1);
  CLI::App* suggesting = app.add_subcommand("suggest", "write constraints that the data meets, to be edited");
  suggesting->add_option("-o,--output", options->file, "the file")->capture_default_str()->type_name("FILE");
  suggesting->callback([chosen] { *chosen = suggest; });
  CLI::App* checking = app.add_subcommand("check", "check data: exit status 3 and the violations when it breaks them");
  checking->add_option("-c,--constraints", options->file, "the file")->capture_default_str()->type_name("FILE");
  checking->add_option("--violations", options->violations, "where to write them, in Model Monitor's schema")
      ->capture_default_str()
      ->type_name("FILE");
  checking->callback([chosen] { *chosen = check; });
  for (CLI::App* sub : {suggesting, checking}) {
    sub->add_option("data", options->data, "a file, a folder, a glob or an s3:// address")
        ->required()
        ->type_name("DATA");
    add_profiling_options(*sub, options->profiling);
    add_result_options(*sub, options->result);
  }
  return [options, chosen, &session] { return (*chosen)(session, *options); };
}

}  // namespace penstock::kit
