// What the transforms make of a data set: blocks of features in order. A one-hot block keeps one number a row instead
// of a column a category, so that a million rows of wide categories stay small and quick to write.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/learn/matrix.h"

namespace penstock::learn {

// Either one feature with a number for each row, or `width` features of which at most one is 1 and the others 0.
struct Block {
  size_t width = 1;
  std::vector<double> numbers;  // of one feature
  std::vector<int32_t> hot;     // the feature that is 1, from 0; -1: none

  static Block of_numbers(std::vector<double> values) { return {.width = 1, .numbers = std::move(values), .hot = {}}; }
  static Block one_hot(size_t features, std::vector<int32_t> which) {
    return {.width = features, .numbers = {}, .hot = std::move(which)};
  }
};

struct Features {
  size_t rows = 0;
  std::vector<Block> blocks;
  std::vector<std::string> names;  // one a feature; empty when none are known

  size_t width() const;
  // The same features as a matrix: sparse when at most a third of its values are not 0.
  Matrix matrix() const;
};

// The shortest text that reads back as the same number, in Python's way ("0.0", "1e-05", "nan" as an empty field).
void append_number(std::string& out, double value);
// A field of a CSV file (RFC 4180): quoted when it holds a comma, a quote or a line end.
void append_field(std::string& out, std::string_view text);

// Writes rows of features as CSV lines, a piece at a time; made once for many pieces.
class FeatureLines {
 public:
  // `label`, when not null, becomes the first column of each line; both outlive this.
  FeatureLines(const Features& features, const std::vector<double>* label);
  // Appends the lines of rows [first, last).
  void append(std::string& out, size_t first, size_t last) const;
  // The line of names.
  std::string header(std::string_view label_name) const;

 private:
  const Features& features_;
  const std::vector<double>* label_;
  std::vector<std::vector<std::string>> hot_texts_;  // by block: the text of each `hot` + 1
};

}  // namespace penstock::learn
