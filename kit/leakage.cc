// `leakage TRAIN TEST`: what one side of a split gives away of the other.
#include "core/explore/leakage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "kit/command.h"
#include "kit/profiling.h"
#include "kit/reader.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

constexpr int status_leaks = 3;  // as of `drift` and `constraints check`

struct Options {
  std::string train;
  std::string test;
  explore::LeakageOptions leakage;
  ProfilingOptions profiling;
  ResultOptions result;
};

using Types = std::vector<std::pair<std::string, explore::ColumnType>>;

// One side, in batches; gives the types that its columns turned out to have.
Outcome<Types> read_side(Session& session, const std::string& data, const ReadOptions& options,
                         const std::function<void()>& begin,
                         const std::function<Outcome<void>(std::span<const explore::Column>)>& take) {
  auto reader = open_reader(session, data, options);
  if (!reader) return reader.error();
  Types types;
  auto read = stream(session, **reader, begin, [&](const Table& batch) -> Outcome<void> {
    types.clear();
    for (const explore::Column& column : batch.columns) types.emplace_back(column.name, column.type);
    return take(batch.columns);
  });
  if (!read) return read.error();
  return types;
}

// Columns that hold texts on one side are read as texts on the other, so that equal fields are equal values.
Types texts_of(const Types& one, const Types& other) {
  Types texts;
  for (const Types* types : {&one, &other}) {
    for (const auto& entry : *types) {
      if (entry.second == explore::ColumnType::String && std::ranges::find(texts, entry) == texts.end())
        texts.push_back(entry);
    }
  }
  return texts;
}

// The names of a data set's columns, by its first batch.
Outcome<std::vector<std::string>> names_of(Session& session, const std::string& data, const ReadOptions& options) {
  auto reader = open_reader(session, data, options);
  if (!reader) return reader.error();
  Table batch;
  auto more = (*reader)->next(batch);
  while (!more && more.error().code == "TypesChanged") more = (*reader)->next(batch);
  if (!more) return more.error();
  std::vector<std::string> names;
  for (const explore::Column& column : batch.columns) names.push_back(column.name);
  return names;
}

// The columns that both sides have, in the training data's order: rows are compared by those. An unlabelled test set
// lacks the target. What only one side has is told.
Outcome<std::vector<std::string>> shared_columns(Session& session, const Options& options) {
  auto train = names_of(session, options.train, options.profiling.read);
  if (!train) return train.error();
  auto test = names_of(session, options.test, options.profiling.read);
  if (!test) return test.error();
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (const std::string& target = options.leakage.target; !target.empty() && !has(*train, target))
    return Error{"NoColumn", fmt::format("{} has no column '{}' for --target", options.train, target)};
  std::vector<std::string> shared, others;
  for (const std::string& name : *train) (has(*test, name) ? shared : others).push_back(name);
  for (const std::string& name : *test) {
    if (!has(*train, name)) others.push_back(name);
  }
  if (shared.empty()) return Error{"BadData", fmt::format("{} and {} share no column", options.train, options.test)};
  if (!others.empty())
    session.terminal.error(fmt::format("penstock-kit: not compared, on one side only: {}", fmt::join(others, ", ")));
  return shared;
}

struct Found {
  uint64_t train_rows = 0;
  uint64_t test_rows = 0;
  std::vector<explore::Leak> leaks;
};

Outcome<Found> compare_sides(Session& session, const Options& options) {
  auto shared = shared_columns(session, options);
  if (!shared) return shared.error();
  ReadOptions read = options.profiling.read;
  read.columns = *std::move(shared);
  for (bool again = false;; again = true) {
    std::optional<explore::SplitCheck> check;
    auto train = read_side(
        session, options.train, read, [&] { check.emplace(options.leakage); },
        [&](std::span<const explore::Column> columns) { return check->add_train(columns); });
    if (!train) return train.error();
    const explore::SplitCheck with_train = *check;
    auto test = read_side(
        session, options.test, read, [&] { check.emplace(with_train); },
        [&](std::span<const explore::Column> columns) { return check->add_test(columns); });
    if (!test) return test.error();
    const Types texts = texts_of(*train, *test);
    const bool alike = std::ranges::all_of(texts, [&](const auto& entry) {
      return std::ranges::find(*train, entry) != train->end() && std::ranges::find(*test, entry) != test->end();
    });
    if (!alike && !again) {
      read.types.insert(read.types.end(), texts.begin(), texts.end());
      continue;
    }
    for (const auto& [rows, data] :
         {std::pair(check->train_rows(), options.train), std::pair(check->test_rows(), options.test)}) {
      if (rows == 0) return Error{"NoData", fmt::format("{} has no rows", data)};
    }
    return Found{check->train_rows(), check->test_rows(), check->finish()};
  }
}

// Columns that tell the target: the leak alerts of the training data's profile.
Outcome<void> add_target_copies(Session& session, const Options& options, Found& found) {
  if (options.leakage.target.empty()) return {};
  ProfilingOptions profiling = options.profiling;
  profiling.profile.target = options.leakage.target;
  auto profile = profile_data(session, options.train, profiling);
  if (!profile) return profile.error();
  for (const explore::Alert& alert : profile->alerts) {
    if (alert.kind == "leak") found.leaks.push_back({"target_copy", alert.columns[0], alert.message, 0, {}});
  }
  return {};
}

void print_leaks(Session& session, const Found& found) {
  Terminal& terminal = session.terminal;
  for (const explore::Leak& leak : found.leaks) {
    std::string rows;
    if (!leak.rows.empty()) {
      rows = fmt::format(" (rows {}{})", fmt::join(leak.rows, ", "), leak.count > leak.rows.size() ? ", ..." : "");
    }
    terminal.line(fmt::format("{} {}{}", terminal.paint(Terminal::Colour::red, leak.kind), leak.message, rows));
  }
  terminal.line(fmt::format("{}, {}, {}", counted(found.train_rows, "training row"),
                            counted(found.test_rows, "test row"), counted(found.leaks.size(), "leak")));
}

int leakage(Session& session, const Options& options) {
  auto found = compare_sides(session, options);
  if (!found) return report(session, found.error());
  if (auto added = add_target_copies(session, options, *found); !added) return report(session, added.error());
  Json leaks = Json::array();
  for (const explore::Leak& leak : found->leaks) leaks.push_back(explore::leak_json(leak));
  const Json json =
      Json::object({{"train_rows", found->train_rows}, {"test_rows", found->test_rows}, {"leaks", std::move(leaks)}});
  if (auto written = write_result(session, options.result, json); !written) return report(session, written.error());
  if (!options.result.quiet()) print_leaks(session, *found);
  return found->leaks.empty() ? 0 : status_leaks;
}

}  // namespace

Action configure_leakage(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("train", options->train, "the training data")->required()->type_name("TRAIN");
  app.add_option("test", options->test, "the test data")->required()->type_name("TEST");
  app.add_option("--time", options->leakage.time, "a column of times: no training row may be later than the test data")
      ->type_name("COLUMN");
  app.add_option("--group", options->leakage.group, "a column whose values must not be on both sides")
      ->type_name("COLUMN");
  app.add_option("--target", options->leakage.target, "the column to be predicted: others must not be copies of it")
      ->type_name("COLUMN");
  add_profiling_options(app, options->profiling);
  add_result_options(app, options->result);
  return [options, &session] { return leakage(session, *options); };
}

}  // namespace penstock::kit
