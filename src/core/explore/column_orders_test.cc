#include "core/explore/column_orders.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/explore/profile.h"

namespace penstock::explore {
namespace {

using Numbers = std::vector<double>;

std::vector<std::string> orders_of(const std::vector<std::pair<std::string, Numbers>>& data, size_t batch) {
  ColumnOrders orders;
  std::vector<ColumnProfile> profiles;
  const size_t rows = data[0].second.size();
  for (size_t begin = 0; begin < rows; begin += batch) {
    std::vector<Column> columns;
    for (const auto& [name, values] : data) {
      Column& column = columns.emplace_back();
      column.name = name;
      column.type = ColumnType::Integral;
      column.rows = std::min(batch, rows - begin);
      column.numbers = std::span(values).subspan(begin, column.rows);
    }
    orders.add(columns);
  }
  for (const auto& [name, values] : data) {
    ColumnProfile& profile = profiles.emplace_back();
    profile.name = name;
    profile.type = ColumnType::Integral;
    profile.numbers.emplace().sketch = values;
    std::erase_if(profile.numbers->sketch, [](double value) { return std::isnan(value); });
    std::ranges::sort(profile.numbers->sketch);
  }
  std::vector<std::string> said;
  for (const ColumnOrder& order : orders.find(profiles))
    said.push_back(order.left + (order.equal ? " == " : " <= ") + order.right);
  return said;
}

TEST(ColumnOrders, FindsWhatHoldsInEveryRow) {
  Numbers opened, closed, paid, copy, other, far;
  for (int i = 0; i < 200; ++i) {
    opened.push_back(i * 37 % 100);
    closed.push_back(i % 10 == 3 ? NAN : opened.back() + i % 7);
    paid.push_back(opened.back() + 10);
    copy.push_back(paid.back());
    other.push_back(i * 53 % 100);
    far.push_back(1000 + i);  // above all by its range alone
  }
  const std::vector<std::pair<std::string, Numbers>> data = {
      {"closed", closed}, {"opened", opened}, {"other", other}, {"far", far}};
  EXPECT_EQ(orders_of(data, 64), (std::vector<std::string>{"opened <= closed"}));
  // opened <= paid follows from opened <= closed <= paid; a copy is equal.
  EXPECT_EQ(orders_of({{"opened", opened}, {"closed", closed}, {"paid", paid}}, 1000),
            (std::vector<std::string>{"opened <= closed", "closed <= paid"}));
  EXPECT_EQ(orders_of({{"paid", paid}, {"copy", copy}}, 7), (std::vector<std::string>{"paid == copy"}));
}

TEST(ColumnOrders, FewRowsShowNothing) {
  EXPECT_TRUE(orders_of({{"a", {1, 2, 3}}, {"b", {2, 3, 4}}}, 8).empty());
}

}  // namespace
}  // namespace penstock::explore
