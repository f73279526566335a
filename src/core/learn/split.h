// How rows are divided: into a training and a test part, into folds, into rolling windows of time. Each function gives
// the same rows as the scikit-learn splitter it names, for the same seed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/outcome.h"
#include "core/learn/numpy_random.h"

namespace penstock::learn {

// Two parts of the rows, without an overlap.
struct Split {
  Rows train;
  Rows test;
};

// train_test_split(test_size=test_share, random_state=seed): the test part has ceil(share * rows) rows. An error (code
// "BadSplit") when a part would be empty.
Outcome<Split> random_split(size_t rows, double test_share, uint32_t seed);
// train_test_split(..., stratify=classes): classes are numbered from 0; each has at least two rows.
Outcome<Split> stratified_split(std::span<const uint32_t> classes, double test_share, uint32_t seed);
// The latest rows are the test part: about test_share of them. Rows of one moment stay together, in the training part.
Outcome<Split> time_split(std::span<const double> times, double test_share);
// GroupShuffleSplit: whole groups (numbered from 0) go to one part.
Outcome<Split> group_split(std::span<const uint32_t> groups, double test_share, uint32_t seed);

// KFold(folds, shuffle=shuffle, random_state=seed): one Split a fold, rows in ascending order.
Outcome<std::vector<Split>> k_folds(size_t rows, size_t folds, bool shuffle, uint32_t seed);
// StratifiedKFold: every fold has the shares of the classes.
Outcome<std::vector<Split>> stratified_folds(std::span<const uint32_t> classes, size_t folds, bool shuffle,
                                             uint32_t seed);
// GroupKFold: a group is in one fold only; the largest group goes first, always to the lightest fold.
Outcome<std::vector<Split>> group_folds(std::span<const uint32_t> groups, size_t folds);
// TimeSeriesSplit(windows, gap=gap): rows sorted by time (stably); each window's training part is all that is before
// it, or the `train_rows_max` rows before it when that is not 0.
Outcome<std::vector<Split>> rolling_windows(std::span<const double> times, size_t windows, size_t gap,
                                            size_t train_rows_max);

}  // namespace penstock::learn
