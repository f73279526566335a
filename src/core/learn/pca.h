// Principal components (PCA with svd_solver='covariance_eigh' of scikit-learn, with its signs).
#pragma once

#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/learn/matrix.h"

namespace penstock::learn {

struct PcaModel {
  size_t components = 0;
  std::vector<double> means;       // by feature
  std::vector<double> directions;  // by component, then feature; each of length 1, its largest entry positive
  std::vector<double> variances;   // explained_variance_
  std::vector<double> shares;      // explained_variance_ratio_

  // The rows' coordinates, `components` a row.
  std::vector<double> transform(const Matrix& features) const;
  Json to_json() const;
  static Outcome<PcaModel> from_json(const Json& json);
};

// At least 2 rows; 1 <= components <= min(rows, features), else an error (code "BadOption").
Outcome<PcaModel> fit_pca(const Matrix& features, size_t components);

}  // namespace penstock::learn
