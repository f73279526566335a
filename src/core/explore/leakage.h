// Leakage between the two parts of a split: what a model could know at training that it will not know at prediction.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/explore/column.h"
#include "core/explore/moments.h"
#include "core/explore/text_values.h"

namespace penstock::explore {

struct Leak {
  std::string kind;    // "duplicate_rows", "shared_groups", "future_rows", "fitted_on_test", "target_copy"
  std::string column;  // empty for rows
  std::string message;
  uint64_t count = 0;
  std::vector<uint64_t> rows;  // the first of them: of the test data, of the training data for future_rows; from 1
};

struct LeakageOptions {
  std::string time;   // rows of the training data should not be later than the test data's
  std::string group;  // no value of it should be on both sides (a customer, a patient)
  std::string target;
};

// Feed it all batches of the training data, then all of the test data. Holds 16 bytes for each row.
class SplitCheck {
 public:
  explicit SplitCheck(LeakageOptions options) : options_(std::move(options)) {}

  // Error "NoColumn" when a column that the options name is absent, "BadData" when the time is none.
  Outcome<void> add_train(std::span<const Column> columns);
  Outcome<void> add_test(std::span<const Column> columns);
  std::vector<Leak> finish();
  uint64_t train_rows() const { return train_.rows; }
  uint64_t test_rows() const { return test_.rows; }

 private:
  struct Side {
    uint64_t rows = 0;
    std::vector<TextHash> prints;
    std::vector<TextHash> groups;
    std::vector<double> times;
    std::map<std::string, Moments> moments;
  };
  Outcome<void> add(Side& side, std::span<const Column> columns);
  void find_duplicates();
  void find_groups();
  void find_future();
  void find_fitted();

  LeakageOptions options_;
  Side train_, test_;
  std::set<std::string> fractional_;  // columns with a fraction on some side: the others are not scaled
  std::vector<Leak> leaks_;
};

Json leak_json(const Leak& leak);

}  // namespace penstock::explore
