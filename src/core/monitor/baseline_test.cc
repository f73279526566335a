#include "core/monitor/baseline.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/monitor/category_counter.h"

namespace penstock::monitor {
namespace {

Baseline sample() {
  Baseline out;
  out.rows = 4;
  out.columns.push_back({"unique", distribution_of(std::vector<double>{4, 1, 2.5, std::nan("")}, false), 0.25});
  out.columns.push_back({"ties", distribution_of(std::vector<double>{7, 7, 7, 1e300}, true), std::nullopt});
  out.columns.push_back({"text", distribution_of({{"b, \"c\"", 2}, {"", 1}}, 1), std::nullopt});
  return out;
}

std::vector<uint64_t> ends_of(const NumericDistribution& distribution) {
  std::vector<uint64_t> out;
  for (size_t i = 0; i < distribution.distinct(); ++i) out.push_back(distribution.up_to(i));
  return out;
}

TEST(Baseline, ReadsBackWhatItWrote) {
  const Baseline written = sample();
  const auto read = baseline_from_bytes(to_bytes(written));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->rows, 4u);
  ASSERT_EQ(read->columns.size(), 3u);
  const auto& unique = std::get<NumericDistribution>(read->columns[0].distribution);
  EXPECT_EQ(std::get<explore::PackedRuns>(unique.runs).numbers, (std::vector<int32_t>{10, 25, 40}));
  EXPECT_EQ(unique.value(1), 2.5);
  EXPECT_EQ(ends_of(unique), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(unique.missing, 1u);
  EXPECT_EQ(read->columns[0].chunk_threshold, 0.25);
  const auto& ties = std::get<NumericDistribution>(read->columns[1].distribution);
  EXPECT_EQ(std::get<explore::WideRuns>(ties.runs).numbers, (std::vector<double>{7, 1e300}));
  EXPECT_EQ(ends_of(ties), (std::vector<uint64_t>{3, 4}));
  EXPECT_TRUE(ties.integral);
  EXPECT_EQ(std::get<CategoryDistribution>(read->columns[2].distribution).counts, (std::vector<uint64_t>{1, 2}));
}

// Every cut, and every byte changed, is refused or read; nothing crashes.
TEST(Baseline, DamagedOnesAreRefused) {
  const std::string bytes = to_bytes(sample());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto read = baseline_from_bytes(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(read.ok()) << size;
    EXPECT_EQ(read.error().code, "BadBaseline");
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x15);
    static_cast<void>(baseline_from_bytes(changed));
  }
}

// Counts that no data set has would be sums that overflow.
TEST(Baseline, CountsFitTheRows) {
  const auto refusal = [](const std::string& rows, const std::string& column, const std::string& content = {}) {
    const auto read = baseline_from_bytes("penstock baseline 1\n{\"rows\":" + rows + ",\"columns\":[{\"name\":\"a\"," +
                                          column + "}]}\n" + content);
    return read ? std::string() : read.error().message;
  };
  const std::string one("\0\0\0\0\0\0\xf0?", 8);
  const std::string count = R"("distinct":1,"count_bytes":8)";
  EXPECT_EQ(refusal("2", count, one + std::string("\2\0\0\0\0\0\0\0", 8)), "");
  EXPECT_NE(refusal("2", count, one + std::string("\3\0\0\0\0\0\0\0", 8)).find("more values than"), std::string::npos);
  EXPECT_NE(refusal("2", count, one + std::string("\2\0\0\0\0\0\0\xff", 8)).find("more values than"),
            std::string::npos);
  EXPECT_NE(refusal("2", count, one + std::string(8, '\0')).find("no times"), std::string::npos);
  EXPECT_NE(refusal("2", R"("distinct":0,"missing":2,"infinite":1)").find("more values than"), std::string::npos);
  EXPECT_NE(refusal("3", R"("values":["x","y"],"counts":[2,2])").find("more values than"), std::string::npos);
  EXPECT_NE(refusal("3", R"("values":["x","y"],"counts":[2,-1])").find("no times"), std::string::npos);
  EXPECT_NE(refusal("9007199254740993", R"("distinct":0)").find("too many rows"), std::string::npos);
}

// Counts take as many bytes as the largest one needs.
TEST(Baseline, CountsOfAnySize) {
  for (const uint32_t count : {1U, 255U, 256U, 65'535U, 65'536U, 2'000'000'000U}) {
    Baseline written;
    written.rows = uint64_t{1} << 50;
    NumericDistribution packed;
    packed.runs = explore::PackedRuns{{{-3, 5}, {count, count + 1}}, 2};
    NumericDistribution wide;
    wide.runs = explore::WideRuns{{-1e-30, 5}, {count * 10'000ULL, count * 10'000ULL + 1}};
    written.columns = {{"packed", packed, std::nullopt}, {"wide", wide, std::nullopt}};
    const auto read = baseline_from_bytes(to_bytes(written));
    ASSERT_TRUE(read.ok()) << read.error().message;
    const auto& packed_again = std::get<NumericDistribution>(read->columns[0].distribution);
    EXPECT_EQ(packed_again.value(0), -0.03);
    EXPECT_EQ(ends_of(packed_again), (std::vector<uint64_t>{count, count + 1}));
    const auto& wide_again = std::get<NumericDistribution>(read->columns[1].distribution);
    EXPECT_EQ(wide_again.value(0), -1e-30);
    EXPECT_EQ(ends_of(wide_again), ends_of(wide));
  }
}

TEST(Baseline, ReadsVersionOne) {
  std::string bytes =
      "penstock baseline 1\n"
      R"({"rows":9,"columns":[{"name":"a","missing":0,"infinite":1,"integral":true,"distinct":2,"count_bytes":4}]})"
      "\n";
  const double numbers[] = {1, 2};
  const uint32_t counts[] = {5, 3};
  bytes.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
  bytes.append(reinterpret_cast<const char*>(counts), sizeof counts);
  const auto read = baseline_from_bytes(bytes);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const auto& found = std::get<NumericDistribution>(read->columns[0].distribution);
  EXPECT_EQ(found.value(1), 2);
  EXPECT_EQ(ends_of(found), (std::vector<uint64_t>{5, 8}));
}

TEST(Baseline, Merges) {
  Baseline both = sample();
  ASSERT_TRUE(merge_into(both, sample()).ok());
  EXPECT_EQ(both.rows, 8u);
  EXPECT_EQ(ends_of(std::get<NumericDistribution>(both.columns[1].distribution)), (std::vector<uint64_t>{6, 8}));
  EXPECT_FALSE(both.columns[0].chunk_threshold);
  Baseline other = sample();
  other.columns[1].name = "renamed";
  EXPECT_EQ(merge_into(both, other).error().code, "BaselinesDiffer");
}

TEST(CategoryCounter, CountsEqualTexts) {
  CategoryCounter counter;
  for (int i = 0; i < 1'000; ++i) counter.add("value number " + std::to_string(i % 300));
  counter.add_missing();
  EXPECT_EQ(counter.distinct(), 300u);
  EXPECT_EQ(counter.text(0), "value number 0");
  const CategoryDistribution found = counter.distribution();
  EXPECT_EQ(found.size(), 1'000u);
  EXPECT_EQ(found.missing, 1u);
  EXPECT_EQ(found.counts[0], 4u);
  EXPECT_EQ(counter.add(""), 300u);
  EXPECT_EQ(counter.add(""), 300u);
}

}  // namespace
}  // namespace penstock::monitor
