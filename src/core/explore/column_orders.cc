#include "core/explore/column_orders.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/explore/profile.h"

namespace penstock::explore {

namespace {

constexpr size_t columns_max = 60;
constexpr size_t orders_max = 50;
constexpr double breaches_expected = 20;         // rows
constexpr double breaches_share_expected = 0.1;  // of the rows: ranges that hardly meet say nothing

bool is_ordered(ColumnType type) {
  return type == ColumnType::Integral || type == ColumnType::Fractional || type == ColumnType::Timestamp;
}

// The probability that a value of `one` is above (or not equal to) a value of `other` which has nothing to do with it.
double independent_breaches(std::span<const double> one, std::span<const double> other, bool equal) {
  if (one.empty() || other.empty()) return 0;
  double breaches = 0;
  for (const double value : one) {
    const auto [first, last] = std::equal_range(other.begin(), other.end(), value);
    const auto below = static_cast<double>(first - other.begin());
    const auto above = static_cast<double>(other.end() - last);
    breaches += equal ? below + above : below;
  }
  return breaches / static_cast<double>(one.size()) / static_cast<double>(other.size());
}

// Leaves out a <= c where a <= b and b <= c stand too.
std::vector<ColumnOrder> without_implied(const std::vector<ColumnOrder>& orders) {
  std::set<std::pair<std::string, std::string>> known;
  for (const ColumnOrder& order : orders) {
    known.emplace(order.left, order.right);
    if (order.equal) known.emplace(order.right, order.left);
  }
  std::vector<ColumnOrder> kept;
  for (const ColumnOrder& order : orders) {
    const bool implied = !order.equal && std::ranges::any_of(known, [&](const auto& step) {
      return step.first == order.left && step.second != order.right && known.contains({step.second, order.right}) &&
             !known.contains({step.second, step.first}) && !known.contains({order.right, step.second});
    });
    if (!implied && kept.size() < orders_max) kept.push_back(order);
  }
  return kept;
}

}  // namespace

void ColumnOrders::start(std::span<const Column> columns) {
  started_ = true;
  std::vector<size_t> looked_at;
  for (size_t i = 0; i < columns.size() && looked_at.size() < columns_max; ++i) {
    if (is_ordered(columns[i].type) || columns[i].type == ColumnType::Unknown) looked_at.push_back(i);
  }
  for (size_t a = 0; a < looked_at.size(); ++a) {
    for (size_t b = a + 1; b < looked_at.size(); ++b) pairs_.push_back({looked_at[a], looked_at[b]});
  }
}

void ColumnOrders::add(std::span<const Column> columns) {
  if (!started_) start(columns);
  for (Pair& pair : pairs_) {
    const Column& left = columns[pair.left];
    const Column& right = columns[pair.right];
    if (!left.numbers.data() || !right.numbers.data()) {
      if (left.rows > 0) pair.below = pair.above = false;  // texts
      continue;
    }
    for (size_t row = 0; row < left.rows && (pair.below || pair.above); ++row) {
      // A missing value, NaN, is neither.
      const bool below = left.numbers[row] <= right.numbers[row];
      const bool above = left.numbers[row] >= right.numbers[row];
      if (!below && !above) continue;
      ++pair.rows;
      pair.below = pair.below && below;
      pair.above = pair.above && above;
    }
  }
  std::erase_if(pairs_, [](const Pair& pair) { return !pair.below && !pair.above; });
}

std::vector<ColumnOrder> ColumnOrders::find(std::span<const ColumnProfile> profiles) const {
  std::vector<ColumnOrder> found;
  for (const Pair& pair : pairs_) {
    const ColumnProfile* left = &profiles[pair.left];
    const ColumnProfile* right = &profiles[pair.right];
    if (!left->numbers || !right->numbers || !is_ordered(left->type) || !is_ordered(right->type)) continue;
    if ((left->type == ColumnType::Timestamp) != (right->type == ColumnType::Timestamp)) continue;
    if (!pair.below) std::swap(left, right);
    const bool equal = pair.below && pair.above;
    const double breaches = independent_breaches(left->numbers->sketch, right->numbers->sketch, equal);
    if (breaches < breaches_share_expected || breaches * static_cast<double>(pair.rows) < breaches_expected) continue;
    found.push_back({left->name, right->name, equal});
  }
  return without_implied(found);
}

}  // namespace penstock::explore
