#include "kit/profiling.h"

#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/encoding.h"
#include "core/explore/spill.h"
#include "core/explore/value_text.h"
#include "kit/temporary.h"

namespace penstock::kit {

namespace {

using explore::ColumnProfile;
using explore::ColumnType;

constexpr size_t alerts_shown = 25;
constexpr size_t columns_shown = 200;
constexpr size_t text_shown = 28;
constexpr size_t kind_width = 16;  // of an alert
constexpr size_t endless = std::numeric_limits<size_t>::max();

std::string short_number(double value) {
  if (!std::isfinite(value)) return "-";
  return fmt::format("{:.6g}", value);
}

std::string shown(const ColumnProfile& column, double value) {
  return column.type == ColumnType::Timestamp && std::isfinite(value) ? explore::format_timestamp(value)
                                                                      : short_number(value);
}

double median_of(const explore::NumberProfile& numbers) {
  const auto found = std::ranges::find(numbers.quantiles, 0.5, &std::pair<double, double>::first);
  return found == numbers.quantiles.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

std::string most_frequent(const ColumnProfile& column) {
  if (column.top.empty()) return "-";
  const explore::ValueCount& top = column.top[0];
  std::string value = shorten(top.text, text_shown);
  if (column.type == ColumnType::Boolean) value = top.number != 0 ? "true" : "false";
  if (column.type != ColumnType::Boolean && column.type != ColumnType::String) value = shown(column, top.number);
  return fmt::format("{} ({})", value, top.count);
}

std::vector<std::string> counts_of(const ColumnProfile& column) {
  const double missing =
      column.total() ? 100.0 * static_cast<double>(column.missing) / static_cast<double>(column.total()) : 0;
  return {column.name, std::string(explore::type_name(column.type)),
          column.missing ? fmt::format("{:.2f} %", missing) : "-", fmt::format("{}", column.distinct)};
}

bool has_range(const ColumnProfile& column) {
  return column.numbers && column.type != ColumnType::Boolean;
}

std::vector<std::string> row_of(const ColumnProfile& column) {
  std::vector<std::string> row = counts_of(column);
  if (has_range(column)) {
    const auto& numbers = *column.numbers;
    const bool time = column.type == ColumnType::Timestamp;
    row.insert(row.end(), {shown(column, numbers.min), shown(column, median_of(numbers)), shown(column, numbers.max),
                           shown(column, numbers.mean), time ? "-" : short_number(numbers.std)});
  } else {
    row.insert(row.end(), {"-", "-", "-", column.numbers ? short_number(column.numbers->mean) : "-", "-"});
  }
  row.push_back(most_frequent(column));
  return row;
}

// The same for a narrow terminal.
std::vector<std::string> short_row_of(const ColumnProfile& column) {
  std::vector<std::string> row = counts_of(column);
  std::string values = most_frequent(column);
  if (has_range(column)) {
    values = fmt::format("{} .. {} .. {}", shown(column, column.numbers->min),
                         shown(column, median_of(*column.numbers)), shown(column, column.numbers->max));
  }
  row.push_back(std::move(values));
  return row;
}

void print_columns(Terminal& terminal, const explore::Profile& profile) {
  std::vector<std::vector<std::string>> wide = {
      {"column", "type", "missing", "distinct", "min", "median", "max", "mean", "std", "most frequent"}};
  std::vector<std::vector<std::string>> narrow = {
      {"column", "type", "missing", "distinct", "min .. median .. max, or top"}};
  for (size_t i = 0; i < std::min(columns_shown, profile.columns.size()); ++i) {
    wide.push_back(row_of(profile.columns[i]));
    narrow.push_back(short_row_of(profile.columns[i]));
  }
  const auto lines = table_lines(wide, endless, {});
  if (std::ranges::all_of(lines, [&](const auto& line) { return utf8_length(line) <= terminal.width(); })) {
    terminal.table(wide);
  } else {
    terminal.table(narrow, {{4, 30}, {0, 20}, {4, 22}, {0, 14}, {3}, {4, 10}, {2}});
  }
  if (profile.columns.size() > columns_shown) {
    terminal.line(fmt::format("... and {} more columns (--json has all)", profile.columns.size() - columns_shown));
  }
}

}  // namespace

void add_profiling_options(CLI::App& app, ProfilingOptions& options) {
  add_read_options(app, options.read);
  add_memory_option(app, options.memory_megabytes, "values");
}

Outcome<explore::Profile> profile_data(Session& session, const std::string& data, const ProfilingOptions& options) {
  // Large blocks go back to the system when they are freed, and are not kept for the next.
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
  auto reader = open_reader(session, data, options.read);
  if (!reader) return reader.error();
  const TemporaryFolder folder(session.disk);
  const uint64_t memory = options.memory_megabytes << 20;
  explore::Spill spill(session.disk, folder.path(), memory - std::min(memory / 2, (*reader)->bytes_held()));
  std::optional<explore::Profiler> profiler;
  auto read = stream(
      session, **reader, [&] { profiler.emplace(spill, options.profile); },
      [&](const Table& batch) { return profiler->add(batch.columns); });
  reader->reset();
  auto profile = read ? profiler->finish() : Outcome<explore::Profile>(read.error());
  if (!profile) return profile;
  const std::string& target = options.profile.target;
  if (!target.empty() && !profile->find(target)) {
    return Error{"NoColumn", fmt::format("{} has no column '{}' for --target", data, target)};
  }
  return profile;
}

void print_profile(Session& session, const explore::Profile& profile) {
  Terminal& terminal = session.terminal;
  terminal.line(terminal.paint(Terminal::Colour::bold, fmt::format("{}, {}, {}", counted(profile.rows, "row"),
                                                                   counted(profile.columns.size(), "column"),
                                                                   counted(profile.duplicates, "duplicate row"))));
  print_columns(terminal, profile);
  if (profile.alerts.empty()) return;
  terminal.line("");
  terminal.line(terminal.paint(Terminal::Colour::bold, counted(profile.alerts.size(), "alert")));
  for (size_t i = 0; i < std::min(alerts_shown, profile.alerts.size()); ++i) {
    const explore::Alert& alert = profile.alerts[i];
    const std::string text = wrap(fmt::format("{:<{}} {}", alert.kind, kind_width, alert.message),
                                  std::max<size_t>(terminal.width(), 40) - 2, kind_width + 1 + 2);
    terminal.line("  " + terminal.paint(Terminal::Colour::yellow, alert.kind) + text.substr(alert.kind.size()));
  }
  if (profile.alerts.size() > alerts_shown) {
    terminal.line(fmt::format("  ... and {} more (--json has all)", profile.alerts.size() - alerts_shown));
  }
}

}  // namespace penstock::kit
