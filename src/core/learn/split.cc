#include "core/learn/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penstock::learn {
namespace {

Error bad_split(std::string message) {
  return {.code = "BadSplit", .message = std::move(message)};
}

// Sizes of the parts as scikit-learn rounds them.
Outcome<std::pair<size_t, size_t>> part_sizes(size_t count, double test_share, const char* what) {
  if (!(test_share > 0 && test_share < 1))
    return bad_split(fmt::format("the share of the test part is {}, it must lie between 0 and 1", test_share));
  const size_t test = static_cast<size_t>(std::ceil(test_share * static_cast<double>(count)));
  if (test == 0 || test >= count)
    return bad_split(
        fmt::format("{} {} cannot be split: a test share of {} leaves a part empty", count, what, test_share));
  return std::pair{count - test, test};
}

uint32_t classes_in(std::span<const uint32_t> classes) {
  return classes.empty() ? 0 : 1 + *std::max_element(classes.begin(), classes.end());
}

// How many of `draws` each class gives when the shares of `counts` are kept: rounded down, then one more for those with
// the largest remainders, ties in random order (scikit-learn's _approximate_mode).
std::vector<size_t> share_out(const std::vector<size_t>& counts, size_t draws, NumpyRandom& random) {
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), size_t{0}));
  std::vector<size_t> given(counts.size());
  std::vector<double> remainders(counts.size());
  size_t missing = draws;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double exact = static_cast<double>(counts[i]) / total * static_cast<double>(draws);
    given[i] = static_cast<size_t>(std::floor(exact));
    remainders[i] = exact - std::floor(exact);
    missing -= given[i];
  }
  std::vector<double> values = remainders;
  std::sort(values.begin(), values.end(), std::greater<>());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (const double value : values) {
    if (missing == 0) break;
    Rows tied;
    for (uint32_t i = 0; i < remainders.size(); ++i)
      if (remainders[i] == value) tied.push_back(i);
    const size_t add = std::min(tied.size(), missing);
    const Rows order = random.permutation(tied.size());
    for (size_t i = 0; i < add; ++i) ++given[tied[order[i]]];
    missing -= add;
  }
  return given;
}

std::vector<Rows> rows_by_class(std::span<const uint32_t> classes) {
  std::vector<Rows> rows(classes_in(classes));
  for (uint32_t row = 0; row < classes.size(); ++row) rows[classes[row]].push_back(row);
  return rows;
}

// Splits from the fold number of each row.
std::vector<Split> by_fold(const std::vector<uint32_t>& fold_of, size_t folds) {
  std::vector<Split> splits(folds);
  for (uint32_t row = 0; row < fold_of.size(); ++row)
    for (size_t fold = 0; fold < folds; ++fold)
      (fold_of[row] == fold ? splits[fold].test : splits[fold].train).push_back(row);
  return splits;
}

Outcome<void> check_folds(size_t folds, size_t things, const char* what) {
  if (folds < 2) return bad_split(fmt::format("{} folds: at least 2 are needed", folds));
  if (folds > things) return bad_split(fmt::format("{} folds but only {} {}", folds, things, what));
  return {};
}

}  // namespace

Outcome<Split> random_split(size_t rows, double test_share, uint32_t seed) {
  const auto sizes = part_sizes(rows, test_share, "rows");
  if (!sizes) return sizes.error();
  const Rows order = NumpyRandom(seed).permutation(rows);
  const auto middle = order.begin() + static_cast<ptrdiff_t>(sizes->second);
  return Split{.train = Rows(middle, order.end()), .test = Rows(order.begin(), middle)};
}

Outcome<Split> stratified_split(std::span<const uint32_t> classes, double test_share, uint32_t seed) {
  const auto sizes = part_sizes(classes.size(), test_share, "rows");
  if (!sizes) return sizes.error();
  const std::vector<Rows> members = rows_by_class(classes);
  std::vector<size_t> counts;
  for (const Rows& rows : members) {
    if (rows.size() < 2) return bad_split("a class has fewer than 2 rows: it cannot be in both parts");
    counts.push_back(rows.size());
  }
  if (counts.size() > std::min(sizes->first, sizes->second))
    return bad_split(fmt::format("{} classes do not fit into a part of {} rows", counts.size(),
                                 std::min(sizes->first, sizes->second)));
  NumpyRandom random(seed);
  const std::vector<size_t> train = share_out(counts, sizes->first, random);
  std::vector<size_t> left = counts;
  for (size_t i = 0; i < left.size(); ++i) left[i] -= train[i];
  const std::vector<size_t> test = share_out(left, sizes->second, random);
  Split split;
  for (size_t i = 0; i < members.size(); ++i) {
    const Rows order = random.permutation(counts[i]);
    for (size_t k = 0; k < train[i]; ++k) split.train.push_back(members[i][order[k]]);
    for (size_t k = train[i]; k < train[i] + test[i]; ++k) split.test.push_back(members[i][order[k]]);
  }
  random.shuffle(split.train);
  random.shuffle(split.test);
  return split;
}

Outcome<Split> time_split(std::span<const double> times, double test_share) {
  const auto sizes = part_sizes(times.size(), test_share, "rows");
  if (!sizes) return sizes.error();
  std::vector<double> sorted(times.begin(), times.end());
  const auto border = sorted.begin() + static_cast<ptrdiff_t>(sizes->first - 1);
  std::nth_element(sorted.begin(), border, sorted.end());
  const double last_of_train = *border;
  Split split;
  for (uint32_t row = 0; row < times.size(); ++row) {
    if (std::isnan(times[row])) return bad_split(fmt::format("the time of row {} is missing", row + 1));
    (times[row] <= last_of_train ? split.train : split.test).push_back(row);
  }
  if (split.test.empty()) return bad_split("too many rows have the last time: no row is after the training part");
  return split;
}

Outcome<Split> group_split(std::span<const uint32_t> groups, double test_share, uint32_t seed) {
  const auto sizes = part_sizes(classes_in(groups), test_share, "groups");
  if (!sizes) return sizes.error();
  const Rows order = NumpyRandom(seed).permutation(classes_in(groups));
  std::vector<bool> in_test(order.size());
  for (size_t i = 0; i < sizes->second; ++i) in_test[order[i]] = true;
  Split split;
  for (uint32_t row = 0; row < groups.size(); ++row) (in_test[groups[row]] ? split.test : split.train).push_back(row);
  return split;
}

Outcome<std::vector<Split>> k_folds(size_t rows, size_t folds, bool shuffle, uint32_t seed) {
  if (auto checked = check_folds(folds, rows, "rows"); !checked) return checked.error();
  Rows order(rows);
  std::iota(order.begin(), order.end(), 0U);
  if (shuffle) NumpyRandom(seed).shuffle(order);
  std::vector<uint32_t> fold_of(rows);
  size_t next = 0;
  for (uint32_t fold = 0; fold < folds; ++fold)
    for (const size_t end = next + rows / folds + (fold < rows % folds ? 1 : 0); next < end; ++next)
      fold_of[order[next]] = fold;
  return by_fold(fold_of, folds);
}

Outcome<std::vector<Split>> stratified_folds(std::span<const uint32_t> classes, size_t folds, bool shuffle,
                                             uint32_t seed) {
  if (auto checked = check_folds(folds, classes.size(), "rows"); !checked) return checked.error();
  std::vector<Rows> members = rows_by_class(classes);
  std::erase_if(members, [](const Rows& rows) { return rows.empty(); });
  size_t largest = 0;
  for (const Rows& rows : members) largest = std::max(largest, rows.size());
  if (auto checked = check_folds(folds, largest, "rows in the largest class"); !checked) return checked.error();
  // scikit-learn numbers the classes in the order of their first rows.
  std::sort(members.begin(), members.end(), [](const Rows& left, const Rows& right) { return left[0] < right[0]; });
  NumpyRandom random(seed);
  std::vector<uint32_t> fold_of(classes.size());
  size_t first = 0;  // place of the class among all rows sorted by class; row i of that order counts to fold i % folds
  for (const Rows& rows : members) {
    Rows places;
    for (uint32_t fold = 0; fold < folds; ++fold)
      for (size_t i = first; i < first + rows.size(); ++i)
        if (i % folds == fold) places.push_back(fold);
    if (shuffle) random.shuffle(places);
    for (size_t i = 0; i < rows.size(); ++i) fold_of[rows[i]] = places[i];
    first += rows.size();
  }
  return by_fold(fold_of, folds);
}

Outcome<std::vector<Split>> group_folds(std::span<const uint32_t> groups, size_t folds) {
  const std::vector<Rows> members = rows_by_class(groups);
  if (auto checked = check_folds(folds, members.size(), "groups"); !checked) return checked.error();
  Rows order(members.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t left, uint32_t right) { return members[left].size() > members[right].size(); });
  std::vector<size_t> weights(folds);
  std::vector<uint32_t> fold_of(groups.size());
  for (const uint32_t group : order) {
    const auto lightest = std::min_element(weights.begin(), weights.end());
    *lightest += members[group].size();
    for (const uint32_t row : members[group]) fold_of[row] = static_cast<uint32_t>(lightest - weights.begin());
  }
  return by_fold(fold_of, folds);
}

Outcome<std::vector<Split>> rolling_windows(std::span<const double> times, size_t windows, size_t gap,
                                            size_t train_rows_max) {
  const size_t rows = times.size();
  if (windows < 1) return bad_split("a backtest needs at least one window");
  const size_t size = rows / (windows + 1);
  if (size == 0 || size + rows % (windows + 1) <= gap)
    return bad_split(fmt::format("{} rows are too few for {} windows with a gap of {}", rows, windows, gap));
  for (size_t row = 0; row < rows; ++row)
    if (std::isnan(times[row])) return bad_split(fmt::format("the time of row {} is missing", row + 1));
  Rows order(rows);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t left, uint32_t right) { return times[left] < times[right]; });
  std::vector<Split> splits;
  for (size_t start = rows - windows * size; start < rows; start += size) {
    const size_t end = start - gap;
    const size_t begin = train_rows_max != 0 && train_rows_max < end ? end - train_rows_max : 0;
    const auto at = [&](size_t place) { return order.begin() + static_cast<ptrdiff_t>(place); };
    splits.push_back({.train = Rows(at(begin), at(end)), .test = Rows(at(start), at(start + size))});
  }
  return splits;
}

}  // namespace penstock::learn
