#include "core/learn/split.h"

#include <gtest/gtest.h>

namespace penstock::learn {
namespace {

// What scikit-learn 1.9.1 and numpy 2.4 give for the same calls.
const std::vector<uint32_t> classes = {1, 0, 2, 2, 0, 1, 0, 0, 2, 1, 0, 0, 0, 1, 2, 2, 2};

std::vector<Rows> tests_of(const Outcome<std::vector<Split>>& splits) {
  std::vector<Rows> tests;
  for (const Split& split : splits.value()) tests.push_back(split.test);
  return tests;
}

TEST(NumpyRandom, DrawsAsRandomState) {
  EXPECT_EQ(NumpyRandom(0).permutation(12), (Rows{6, 11, 4, 10, 2, 8, 1, 7, 9, 3, 0, 5}));
  EXPECT_EQ(NumpyRandom(7).integers(100, 6), (Rows{47, 68, 25, 67, 83, 23}));
  NumpyRandom random(3);
  EXPECT_EQ(random.uniform(), 0.5507979025745755);
  EXPECT_EQ(random.uniform(), 0.7081478226181048);
}

TEST(Split, RandomAsTrainTestSplit) {
  const auto split = random_split(13, 0.3, 0);
  EXPECT_EQ(split->train, (Rows{2, 8, 1, 7, 9, 3, 0, 5, 12}));
  EXPECT_EQ(split->test, (Rows{6, 11, 4, 10}));
}

TEST(Split, StratifiedAsTrainTestSplit) {
  const auto split = stratified_split(classes, 0.3, 5);
  EXPECT_EQ(split->train, (Rows{15, 3, 10, 14, 9, 0, 4, 12, 8, 5, 6}));
  EXPECT_EQ(split->test, (Rows{1, 13, 11, 16, 7, 2}));
}

TEST(Split, GroupAsGroupShuffleSplit) {
  const auto split = group_split(classes, 0.4, 1);
  EXPECT_EQ(split->test, (Rows{1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16}));
  EXPECT_EQ(split->train, (Rows{0, 5, 9, 13}));
}

TEST(Split, ByTimeKeepsAMomentTogether) {
  const std::vector<double> times = {5, 1, 2, 2, 2, 9};
  const auto split = time_split(times, 0.5);
  EXPECT_EQ(split->train, (Rows{1, 2, 3, 4}));
  EXPECT_EQ(split->test, (Rows{0, 5}));
  EXPECT_FALSE(time_split(std::vector<double>{1, 1, 1, 1}, 0.5).ok());
}

TEST(Split, FoldsAsScikitLearn) {
  EXPECT_EQ(tests_of(k_folds(17, 3, true, 2)),
            (std::vector<Rows>{{0, 3, 4, 5, 9, 12}, {1, 2, 7, 10, 11, 14}, {6, 8, 13, 15, 16}}));
  EXPECT_EQ(tests_of(stratified_folds(classes, 3, true, 2)),
            (std::vector<Rows>{{2, 4, 6, 9, 13, 15}, {0, 1, 10, 11, 14, 16}, {3, 5, 7, 8, 12}}));
  EXPECT_EQ(tests_of(stratified_folds(classes, 3, false, 0)),
            (std::vector<Rows>{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 14}, {11, 12, 13, 15, 16}}));
  const std::vector<uint32_t> groups = {0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 2, 4};
  EXPECT_EQ(tests_of(group_folds(groups, 3)),
            (std::vector<Rows>{{9, 10, 11, 12, 13, 14}, {0, 1, 2, 3, 16}, {4, 5, 6, 7, 8, 15}}));
}

TEST(Split, WindowsAsTimeSeriesSplit) {
  std::vector<double> times(17);
  for (size_t i = 0; i < times.size(); ++i) times[i] = static_cast<double>(i);
  const auto windows = rolling_windows(times, 3, 1, 4);
  EXPECT_EQ(windows.value()[0].train, (Rows{0, 1, 2, 3}));
  EXPECT_EQ(windows.value()[0].test, (Rows{5, 6, 7, 8}));
  EXPECT_EQ(windows.value()[2].train, (Rows{8, 9, 10, 11}));
  EXPECT_EQ(windows.value()[2].test, (Rows{13, 14, 15, 16}));
}

TEST(Split, WhatCannotBeSplitIsSaid) {
  EXPECT_EQ(random_split(1, 0.5, 0).error().message, "1 rows cannot be split: a test share of 0.5 leaves a part empty");
  EXPECT_EQ(random_split(10, 1.5, 0).error().message, "the share of the test part is 1.5, it must lie between 0 and 1");
  EXPECT_EQ(k_folds(3, 5, false, 0).error().message, "5 folds but only 3 rows");
  EXPECT_FALSE(stratified_split(std::vector<uint32_t>{0, 0, 1}, 0.5, 0).ok());
}

}  // namespace
}  // namespace penstock::learn
