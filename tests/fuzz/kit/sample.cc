#include "sample.h"

#include <array>
#include <limits>

namespace penstock::fuzz {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<double, sample_rows> a = {1, 2.5, missing, -4, 1e300, 5};
constexpr std::array<double, sample_rows> d = {1'706'767'200, 0, 1'795'600'000, -1, 3, 4};
constexpr std::array<double, sample_rows> y = {0, 1, 0, 1, 1, 0};
constexpr std::array<int64_t, sample_rows + 1> ends = {0, 1, 2, 2, 4, 5, 8};
constexpr std::array<uint8_t, sample_rows> present = {1, 1, 0, 1, 1, 1};

explore::Column numbers(const char* name, explore::ColumnType type, std::span<const double> values) {
  return {.name = name, .type = type, .rows = values.size(), .numbers = values, .strings = {}, .present = {}};
}

}  // namespace

std::vector<explore::Column> sample_columns() {
  explore::Column texts{.name = "b",
                        .type = explore::ColumnType::String,
                        .rows = sample_rows,
                        .numbers = {},
                        .strings = {ends, "xyzzxabc"},
                        .present = present};
  return {numbers("a", explore::ColumnType::Fractional, a), texts, numbers("d", explore::ColumnType::Timestamp, d),
          numbers("y", explore::ColumnType::Integral, y)};
}

}  // namespace penstock::fuzz
