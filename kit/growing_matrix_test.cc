#include "kit/growing_matrix.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace penstock::kit {
namespace {

// Some rows of three columns; every value is another one, or most of them are 0.
learn::Matrix block(size_t first, size_t rows, bool sparse) {
  std::vector<double> values;
  for (size_t i = 0; i < rows * 3; ++i)
    values.push_back(sparse && i % 4 != 0 ? 0 : static_cast<double>(first * 3 + i) + 0.5);
  auto made = learn::Matrix::dense(rows, 3, std::move(values));
  return sparse ? std::move(made).compact() : std::move(made);
}

class GrowingMatrixTest : public testing::TestWithParam<bool> {};

TEST_P(GrowingMatrixTest, RowsAreTheSameWhereverTheyLie) {
  SystemDisk disk;
  const std::string folder = fmt::format("{}/penstock-growing-{}", testing::TempDir(), ::getpid());
  GrowingMatrix in_memory(disk, folder, size_t{1} << 30), in_files(disk, folder, 500);
  size_t rows = 0;
  for (const size_t count : {size_t{7}, size_t{1}, size_t{40}, size_t{3}, size_t{200}, size_t{2}}) {
    const bool sparse = GetParam() && count != 3;  // one block is not as the first one
    ASSERT_TRUE(in_memory.append(block(rows, count, sparse), 0.5).ok());
    ASSERT_TRUE(in_files.append(block(rows, count, sparse), 0.5).ok());
    rows += count;
    EXPECT_EQ(in_files.rows(), rows);
  }
  const auto expected = in_memory.take();
  const auto matrix = in_files.take();
  ASSERT_TRUE(expected.ok() && matrix.ok());
  EXPECT_NE(matrix->parts().memory, nullptr);
  EXPECT_EQ(expected->parts().memory, nullptr);
  ASSERT_EQ(matrix->rows(), rows);
  ASSERT_EQ(matrix->columns(), 3U);
  EXPECT_EQ(matrix->is_sparse(), GetParam());
  for (size_t row = 0; row < rows; ++row)
    for (size_t column = 0; column < 3; ++column)
      ASSERT_EQ(matrix->at(row, column), expected->at(row, column)) << "row " << row;
  EXPECT_TRUE(disk.list(folder)->empty());
  EXPECT_TRUE(disk.remove_tree(folder).ok());
}

INSTANTIATE_TEST_SUITE_P(DenseAndSparse, GrowingMatrixTest, testing::Bool());

}  // namespace
}  // namespace penstock::kit
