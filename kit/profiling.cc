#include "kit/profiling.h"

#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <optional>

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

std::string short_number(double value) {
  if (!std::isfinite(value)) return "-";
  return fmt::format("{:.6g}", value);
}

std::string shown(const ColumnProfile& column, double value) {
  return column.type == ColumnType::Timestamp && std::isfinite(value) ? explore::format_timestamp(value)
                                                                      : short_number(value);
}

std::string shortened(std::string_view text) {
  if (text.size() <= text_shown) return std::string(text);
  size_t cut = text_shown - 3;
  while (cut > 0 && (text[cut] & 0xc0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "...";
}

std::string most_frequent(const ColumnProfile& column) {
  if (column.top.empty()) return "-";
  const explore::ValueCount& top = column.top[0];
  std::string value = shortened(top.text);
  if (column.type == ColumnType::Boolean) value = top.number != 0 ? "true" : "false";
  if (column.type != ColumnType::Boolean && column.type != ColumnType::String) value = shown(column, top.number);
  return fmt::format("{} ({})", value, top.count);
}

std::vector<std::string> row_of(const ColumnProfile& column) {
  const double missing =
      column.total() ? 100.0 * static_cast<double>(column.missing) / static_cast<double>(column.total()) : 0;
  std::vector<std::string> row = {column.name, std::string(explore::type_name(column.type)),
                                  column.missing ? fmt::format("{:.2f} %", missing) : "-",
                                  fmt::format("{}", column.distinct)};
  if (column.numbers && column.type != ColumnType::Boolean) {
    const auto& numbers = *column.numbers;
    const bool time = column.type == ColumnType::Timestamp;
    row.insert(row.end(),
               {shown(column, numbers.min), shown(column, numbers.quantiles[4].second), shown(column, numbers.max),
                shown(column, numbers.mean), time ? "-" : short_number(numbers.std)});
  } else {
    row.insert(row.end(), {"-", "-", "-", column.numbers ? short_number(column.numbers->mean) : "-", "-"});
  }
  row.push_back(most_frequent(column));
  return row;
}

}  // namespace

void add_profiling_options(CLI::App& app, ProfilingOptions& options) {
  add_read_options(app, options.read);
  app.add_option("--spearman-rows", options.profile.spearman_rows,
                 "ranks are correlated over all rows up to so many, else over a uniform sample")
      ->capture_default_str();
  app.add_option("--memory", options.memory_megabytes, "megabytes of values to hold before using temporary files")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1}, size_t{1} << 20));
}

Outcome<explore::Profile> profile_data(Session& session, const std::string& data, const ProfilingOptions& options) {
  // Large blocks go back to the system when they are freed, and are not kept for the next.
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
  auto reader = open_reader(session, data, options.read);
  if (!reader) return reader.error();
  const TemporaryFolder folder(session.disk);
  explore::Spill spill(session.disk, folder.path(), options.memory_megabytes << 20);
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
  terminal.line(terminal.paint(
      Terminal::Colour::bold,
      fmt::format("{} rows, {} columns, {} duplicate rows", profile.rows, profile.columns.size(), profile.duplicates)));
  std::vector<std::vector<std::string>> rows = {
      {"column", "type", "missing", "distinct", "min", "median", "max", "mean", "std", "most frequent"}};
  for (const ColumnProfile& column : profile.columns) {
    if (rows.size() <= columns_shown) rows.push_back(row_of(column));
  }
  terminal.table(rows);
  if (profile.columns.size() > columns_shown) {
    terminal.line(fmt::format("... and {} more columns (--json has all)", profile.columns.size() - columns_shown));
  }
  if (profile.alerts.empty()) return;
  terminal.line("");
  terminal.line(terminal.paint(Terminal::Colour::bold, fmt::format("{} alerts", profile.alerts.size())));
  for (size_t i = 0; i < std::min(alerts_shown, profile.alerts.size()); ++i) {
    const explore::Alert& alert = profile.alerts[i];
    terminal.line(fmt::format("  {} {}", terminal.paint(Terminal::Colour::yellow, fmt::format("{:<16}", alert.kind)),
                              alert.message));
  }
  if (profile.alerts.size() > alerts_shown) {
    terminal.line(fmt::format("  ... and {} more (--json has all)", profile.alerts.size() - alerts_shown));
  }
}

}  // namespace penstock::kit
