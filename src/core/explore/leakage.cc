#include "core/explore/leakage.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/explore/row_prints.h"
#include "core/explore/value_text.h"

namespace penstock::explore {

namespace {

constexpr size_t example_rows = 5;
constexpr double exactly = 1e-5;  // a fitted transformer leaves a mean of 0 up to the file's rounding
constexpr double clearly = 3e-5;  // what the training rows alone must differ by

double share(uint64_t part, uint64_t all) {
  return all ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

std::vector<TextHash> hashes_of(const Column& column) {
  std::vector<TextHash> hashes(column.rows);
  if (column.type == ColumnType::String) {
    for (size_t row = 0; row < column.rows; ++row) hashes[row] = hash_text(column.strings[row]);
  } else {
    mix_numbers(column.numbers, hashes);
  }
  return hashes;
}

bool is_missing(const Column& column, size_t row) {
  if (column.type == ColumnType::String) return !column.present.empty() && column.present[row] == 0;
  return std::isnan(column.numbers[row]);
}

// Rows whose print some other row has too.
uint64_t rows_with_a_twin(const std::vector<TextHash>& sorted) {
  uint64_t twins = 0;
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin + 1;
    while (end < sorted.size() && sorted[end] == sorted[begin]) ++end;
    if (end - begin > 1) twins += end - begin;
    begin = end;
  }
  return twins;
}

void note_row(Leak& leak, uint64_t row) {
  ++leak.count;
  if (leak.rows.size() < example_rows) leak.rows.push_back(row);
}

}  // namespace

Outcome<void> SplitCheck::add_train(std::span<const Column> columns) {
  return add(train_, columns);
}

Outcome<void> SplitCheck::add_test(std::span<const Column> columns) {
  return add(test_, columns);
}

Outcome<void> SplitCheck::add(Side& side, std::span<const Column> columns) {
  const size_t rows = columns.empty() ? 0 : columns[0].rows;
  std::vector<TextHash> prints(rows);
  const auto known = [&](const std::string& name) {
    return std::ranges::any_of(columns, [&](const Column& column) { return column.name == name; });
  };
  for (const std::string* name : {&options_.time, &options_.group}) {
    if (!name->empty() && !known(*name)) return Error{"NoColumn", fmt::format("there is no column '{}'", *name)};
  }
  for (const Column& column : columns) {
    if (column.type == ColumnType::String) {
      mix_texts(column, hashes_of(column), prints);
    } else {
      mix_numbers(column.numbers, prints);
      if (column.type == ColumnType::Integral || column.type == ColumnType::Fractional)
        side.moments[column.name].add(column.numbers);
      if (column.type == ColumnType::Fractional) fractional_.insert(column.name);
    }
    if (column.name == options_.group) {
      const std::vector<TextHash> hashes = hashes_of(column);
      for (size_t row = 0; row < rows; ++row) side.groups.push_back(is_missing(column, row) ? TextHash{} : hashes[row]);
    }
    if (column.name != options_.time) continue;
    if (column.type == ColumnType::String) {
      return Error{"BadData", fmt::format("column '{}' holds texts, not times (ISO 8601) or numbers", column.name)};
    }
    side.times.insert(side.times.end(), column.numbers.begin(), column.numbers.end());
  }
  side.prints.insert(side.prints.end(), prints.begin(), prints.end());
  side.rows += rows;
  return {};
}

// A test row that the training data have too. Where rows of few values are alike by nature, as many are alike within
// the training data: only what is clearly beyond that is a leak.
void SplitCheck::find_duplicates() {
  std::vector<TextHash> sorted = train_.prints;
  std::ranges::sort(sorted);
  Leak leak{"duplicate_rows", "", "", 0, {}};
  for (size_t row = 0; row < test_.prints.size(); ++row) {
    if (std::ranges::binary_search(sorted, test_.prints[row])) note_row(leak, row + 1);
  }
  const double natural = share(rows_with_a_twin(sorted), train_.rows);
  const double found = share(leak.count, test_.rows);
  const double noise = 4 * std::sqrt(natural * (1 - natural) / std::max(1.0, static_cast<double>(test_.rows)));
  if (leak.count == 0 || found <= natural * 1.1 + noise) return;
  leak.message = fmt::format("{} test rows ({:.2f} %) are also training rows", leak.count, found * 100);
  if (natural > 0) leak.message += fmt::format("; within the training data {:.2f} % have a twin", natural * 100);
  leaks_.push_back(std::move(leak));
}

void SplitCheck::find_groups() {
  if (options_.group.empty()) return;
  std::vector<TextHash> sorted = train_.groups;
  std::ranges::sort(sorted);
  Leak leak{"shared_groups", options_.group, "", 0, {}};
  for (size_t row = 0; row < test_.groups.size(); ++row) {
    if (test_.groups[row] != TextHash{} && std::ranges::binary_search(sorted, test_.groups[row]))
      note_row(leak, row + 1);
  }
  if (leak.count == 0) return;
  leak.message = fmt::format("{} test rows have a value of {} that training rows have too", leak.count, options_.group);
  leaks_.push_back(std::move(leak));
}

void SplitCheck::find_future() {
  if (options_.time.empty()) return;
  double first = std::numeric_limits<double>::infinity();
  for (const double time : test_.times) {
    if (time < first) first = time;
  }
  Leak leak{"future_rows", options_.time, "", 0, {}};
  for (size_t row = 0; row < train_.times.size(); ++row) {
    if (train_.times[row] > first) note_row(leak, row + 1);
  }
  if (leak.count == 0) return;
  leak.message = fmt::format("{} training rows ({:.2f} %) are later than the first test row", leak.count,
                             share(leak.count, train_.rows) * 100);
  leaks_.push_back(std::move(leak));
}

namespace {

// What a scaler makes of the rows that it was fitted on: empty for rows that bear no such mark.
struct Mark {
  std::string_view text;
  bool (*bears)(const Moments& rows, double tolerance);
};

bool is_standardized(const Moments& rows, double tolerance) {
  // scikit-learn divides by the population's deviation, pandas' std() is the sample's.
  const auto is_one = [&](double deviation) { return std::abs(deviation - 1) < tolerance; };
  return std::abs(rows.mean()) < tolerance && (is_one(rows.std(0)) || is_one(rows.std(1)));
}

bool spans(const Moments& rows, double low, double tolerance) {
  return std::abs(rows.min() - low) < tolerance && std::abs(rows.max() - 1) < tolerance;
}

constexpr Mark marks[] = {
    {"has mean 0 and deviation 1", is_standardized},
    {"spans exactly [0, 1]", [](const Moments& rows, double tolerance) { return spans(rows, 0, tolerance); }},
    {"spans exactly [-1, 1]", [](const Moments& rows, double tolerance) { return spans(rows, -1, tolerance); }},
};

}  // namespace

// A scaler that was fitted on both sides leaves its mark over both together, but not over the training data alone.
void SplitCheck::find_fitted() {
  for (const auto& [name, train] : train_.moments) {
    const auto test = test_.moments.find(name);
    if (test == test_.moments.end() || name == options_.target || name == options_.time) continue;
    if (train.count() < 3 || test->second.count() < 3 || !fractional_.contains(name)) continue;
    Moments both = train;
    both.merge(test->second);
    for (const Mark& mark : marks) {
      if (!mark.bears(both, exactly) || mark.bears(train, clearly)) continue;
      leaks_.push_back({"fitted_on_test",
                        name,
                        fmt::format("{} {} over training and test rows together, but not over the training rows (mean "
                                    "{:.3g}, deviation {:.6g}, range [{:.6g}, {:.6g}]): fit on those only",
                                    name, mark.text, train.mean(), train.std(0), train.min(), train.max()),
                        0,
                        {}});
      break;
    }
  }
}

std::vector<Leak> SplitCheck::finish() {
  find_duplicates();
  find_groups();
  find_future();
  find_fitted();
  return std::move(leaks_);
}

Json leak_json(const Leak& leak) {
  Json rows = Json::array();
  for (const uint64_t row : leak.rows) rows.push_back(row);
  return Json::object({{"kind", leak.kind},
                       {"column", leak.column},
                       {"message", leak.message},
                       {"count", leak.count},
                       {"rows", std::move(rows)}});
}

}  // namespace penstock::explore
