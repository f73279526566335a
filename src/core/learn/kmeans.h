// k-means: rows in k clusters around means (Lloyd's rounds from k-means++ starts, Arthur and Vassilvitskii 2007), as
// scikit-learn's KMeans minimizes it. Deterministic for a seed.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/learn/matrix.h"

namespace penstock::learn {

struct KmeansOptions {
  size_t clusters = 8;
  size_t starts = 10;
  size_t rounds_max = 300;
  double tolerance = 1e-4;  // of the centres' squared shift, as a share of the features' mean variance
  uint32_t seed = 0;
};

struct KmeansModel {
  size_t clusters = 0;
  std::vector<double> centers;  // by cluster, then feature
  double inertia = 0;           // sum of squared distances to the nearest centre
  size_t rounds = 0;

  size_t columns() const { return clusters == 0 ? 0 : centers.size() / clusters; }
  // The nearest centre of each row (the first one of equals), and the squared distances if asked for.
  std::vector<uint32_t> assign(const Matrix& features, std::vector<double>* distances = nullptr) const;
  Json to_json() const;
  static Outcome<KmeansModel> from_json(const Json& json);
};

Outcome<KmeansModel> fit_kmeans(const Matrix& features, const KmeansOptions& options);

}  // namespace penstock::learn
