#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/explore/profiler.h"

namespace penstock::explore {

namespace {

constexpr double missing_share = 0.05;
constexpr double skew_limit = 5;
constexpr double zero_share = 0.5;
constexpr double cardinality_share = 0.5;
constexpr uint64_t cardinality_min = 50;
constexpr double related = 0.95;
constexpr double leak = 0.98;
constexpr double imbalance = 0.9;
constexpr double mixed_share = 0.01;
constexpr size_t listed_max = 8;

double share(uint64_t part, uint64_t all) {
  return all ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

std::string percent(double part) {
  if (part == 1) return "all";
  return fmt::format("{:.{}f} %", part * 100, part < 0.001 || part > 0.999 ? 3 : 1);
}

// The columns by name, the rest of many by their number: the alert has them all.
std::string list(const std::vector<std::string>& names) {
  if (names.size() <= listed_max) return fmt::format("{}", fmt::join(names, ", "));
  const std::span first = std::span(names).first(listed_max);
  return fmt::format("{} and {} more", fmt::join(first, ", "), names.size() - listed_max);
}

class Finder {
 public:
  Finder(const Profile& profile, const ColumnGroups& groups) : profile_(profile), groups_(groups) {}

  std::vector<Alert> find() {
    if (profile_.rows == 0) {
      add("no_rows", {}, "the data set has no rows");
      return std::move(alerts_);
    }
    find_leaks();
    find_delimiter();
    if (profile_.duplicates > 0) {
      add("duplicates", {},
          fmt::format("{} rows ({}) are equal to an earlier one", profile_.duplicates,
                      percent(share(profile_.duplicates, profile_.rows))));
    }
    for (const ColumnProfile& column : profile_.columns) look_at(column);
    if (padded_.size() == 1)
      add("padded", padded_, fmt::format("{} has values with blanks before or after", padded_[0]));
    if (padded_.size() > 1) {  // usually a file's habit: said once
      add("padded", padded_,
          fmt::format("{} columns have values with blanks before or after: {}", padded_.size(), list(padded_)));
    }
    for (const auto& names : groups_.same_values) {
      add("same_values", names, fmt::format("{} have the same values in every row", list(names)));
    }
    for (const auto& names : groups_.missing_together) {
      add("missing_together", names, fmt::format("{} are missing in the same rows", list(names)));
    }
    find_related(profile_.pearson, "correlated", "Pearson");
    find_related(profile_.spearman, "correlated", "Spearman");
    find_related(profile_.cramers_v, "associated", "Cramér's V");
    return std::move(alerts_);
  }

 private:
  void add(std::string kind, std::vector<std::string> columns, std::string message) {
    alerts_.push_back({std::move(kind), std::move(columns), std::move(message)});
  }

  // One column whose name has what separates fields elsewhere.
  void find_delimiter() {
    if (profile_.columns.size() != 1) return;
    const std::string& name = profile_.columns[0].name;
    const auto at = name.find_first_of(";\t|");
    if (at == std::string::npos) return;
    const std::string delimiter = name[at] == '\t' ? "tab" : std::string(1, name[at]);
    add("one_column", {name},
        fmt::format("the only column is named '{}': should it be --delimiter '{}'?", name, delimiter));
  }

  void look_at(const ColumnProfile& column) {
    const std::string& name = column.name;
    if (column.count == 0) return add("empty", {name}, fmt::format("{} has no value in any row", name));
    if (column.distinct == 1) {
      add("constant", {name}, fmt::format("{} has one value{}", name, column.missing ? " or none" : " in all rows"));
    }
    if (const double missing = share(column.missing, column.total()); missing >= missing_share) {
      add("missing", {name}, fmt::format("{} is missing in {} of the rows", name, percent(missing)));
    }
    if (column.numbers) look_at_numbers(column, *column.numbers);
    if (column.texts) look_at_texts(column, *column.texts);
  }

  void look_at_numbers(const ColumnProfile& column, const NumberProfile& numbers) {
    const std::string& name = column.name;
    if (column.type == ColumnType::Integral && column.distinct == column.count && column.count > 1) {
      add("unique", {name}, fmt::format("{} differs in every row: an identifier?", name));
    }
    if (numbers.infinite > 0) {
      add("infinite", {name},
          fmt::format("{} has {} infinite values, which the moments leave out", name, numbers.infinite));
    }
    if (column.type == ColumnType::Boolean || column.type == ColumnType::Timestamp || column.distinct < 3) return;
    if (std::abs(numbers.skew) >= skew_limit) {
      add("skewed", {name}, fmt::format("{} is skewed ({:.1f})", name, numbers.skew));
    }
    if (const double zeros = share(numbers.zeros, column.count); zeros >= zero_share) {
      add("zeros", {name}, fmt::format("{} is zero in {} of the rows that have it", name, percent(zeros)));
    }
  }

  void look_at_texts(const ColumnProfile& column, const TextProfile& texts) {
    const std::string& name = column.name;
    if (column.distinct == column.count && column.count > 1) {
      add("unique", {name}, fmt::format("{} differs in every row: an identifier?", name));
    } else if (column.distinct > cardinality_min && share(column.distinct, column.count) >= cardinality_share) {
      add("high_cardinality", {name},
          fmt::format("{} has {} distinct values in {} rows", name, column.distinct, column.count));
    }
    if (const double numbers = share(texts.numbers, column.count); numbers >= mixed_share && numbers < 1) {
      add("mixed", {name}, fmt::format("{} has texts and numbers ({} are numbers)", name, percent(numbers)));
    }
    if (texts.padded > 0) padded_.push_back(name);
  }

  // A pair is named once, by the first measure that shows it.
  void find_related(const Relations& relations, const char* kind, const char* measure) {
    for (size_t i = 0; i < relations.names.size(); ++i) {
      for (size_t j = i + 1; j < relations.names.size(); ++j) {
        const double value = relations.matrix.at(i, j);
        if (!(std::abs(value) >= related)) continue;
        const std::vector<std::string> pair = {relations.names[i], relations.names[j]};
        const bool known = std::ranges::any_of(alerts_, [&](const Alert& alert) {
          return alert.columns == pair && (alert.kind == kind || alert.kind == "same_values");
        });
        if (!known) add(kind, pair, fmt::format("{} and {} ({} {:.3f})", pair[0], pair[1], measure, value));
      }
    }
  }

  void find_leaks() {
    if (profile_.target.empty()) return;
    const ColumnProfile* target = profile_.find(profile_.target);
    if (!target) return;
    if (!target->top.empty() && target->distinct > 1 && target->distinct <= levels_max &&
        share(target->top[0].count, target->count) >= imbalance) {
      add("imbalanced_target", {target->name},
          fmt::format("{} of the target's values are the same", percent(share(target->top[0].count, target->count))));
    }
    for (const auto& names : groups_.same_values) {
      if (std::ranges::find(names, profile_.target) == names.end()) continue;
      for (const std::string& name : names) {
        if (name != profile_.target) add_leak(name, "is a copy of the target");
      }
    }
    find_leaks_in(profile_.pearson, "Pearson");
    find_leaks_in(profile_.spearman, "Spearman");
    find_leaks_in(profile_.cramers_v, "Cramér's V");
    for (const auto& [name, explained] : groups_.explained) {
      if (explained >= leak) add_leak(name, fmt::format("tells the target (eta squared {:.3f})", explained));
    }
  }

  void find_leaks_in(const Relations& relations, const char* measure) {
    const auto place = std::ranges::find(relations.names, profile_.target);
    if (place == relations.names.end()) return;
    const auto target = static_cast<size_t>(place - relations.names.begin());
    for (size_t i = 0; i < relations.names.size(); ++i) {
      const double value = relations.matrix.at(i, target);
      if (i == target || !(std::abs(value) >= leak)) continue;
      add_leak(relations.names[i], fmt::format("tells the target ({} {:.3f})", measure, value));
    }
  }

  void add_leak(const std::string& name, std::string_view why) {
    const bool known = std::ranges::any_of(
        alerts_, [&](const Alert& alert) { return alert.kind == "leak" && alert.columns.front() == name; });
    if (!known) add("leak", {name, profile_.target}, fmt::format("{} {}: would it be known at prediction?", name, why));
  }

  const Profile& profile_;
  const ColumnGroups& groups_;
  std::vector<Alert> alerts_;
  std::vector<std::string> padded_;
};

}  // namespace

std::vector<Alert> find_alerts(const Profile& profile, const ColumnGroups& groups) {
  return Finder(profile, groups).find();
}

}  // namespace penstock::explore
