#include "base/assert.h"
#include "core/learn/kmeans.h"
#include "core/learn/linear_model.h"
#include "core/learn/pca.h"
#include "kit/xgboost_model.h"
#include "targets.h"

namespace penstock::fuzz {

using namespace learn;

namespace {

constexpr size_t columns_max = 1'000;

Matrix some_rows(size_t columns) {
  std::vector<double> values(2 * columns, 0.5);
  return Matrix::dense(2, columns, std::move(values));
}

}  // namespace

// The parameters of a saved model of each algorithm; what is read scores rows. And the guard before XGBoost's own
// files: which release wrote them.
void model(std::string_view bytes) {
  (void)kit::xgboost_release_of(std::string(bytes));
  const auto json = parse_json(bytes);
  if (!json) return;
  if (const auto linear = LinearModel::from_json(*json); linear && linear->columns() <= columns_max) {
    const Matrix rows = some_rows(linear->columns());
    PENSTOCK_ASSERT(linear->scores(rows).size() == 2 * linear->outputs);
    if (linear->logistic) PENSTOCK_ASSERT(linear->probabilities(rows).size() == 2 * linear->class_count());
  }
  if (const auto clusters = KmeansModel::from_json(*json); clusters && clusters->columns() <= columns_max) {
    const auto places = clusters->assign(some_rows(clusters->columns()));
    PENSTOCK_ASSERT(places.size() == 2 && places[0] < clusters->clusters);
  }
  if (const auto pca = PcaModel::from_json(*json); pca && pca->means.size() <= columns_max) {
    PENSTOCK_ASSERT(pca->transform(some_rows(pca->means.size())).size() == 2 * pca->components);
  }
}

}  // namespace penstock::fuzz
