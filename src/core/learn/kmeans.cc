#include "core/learn/kmeans.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/learn/options.h"

namespace penstock::learn {
namespace {

double squared_length(const Matrix& features, size_t row) {
  double sum = 0;
  features.for_row(row, [&](size_t, double value) { sum += value * value; });
  return sum;
}

// |row - center|^2 from the lengths and the product of both, so that a sparse row costs only its entries.
double squared_distance(const Matrix& features, size_t row, double length, const double* center, double center_length) {
  double product = 0;
  features.for_row(row, [&](size_t column, double value) { product += value * center[column]; });
  return std::max(0.0, length - 2 * product + center_length);
}

double mean_variance(const Matrix& features) {
  std::vector<double> sums(features.columns()), squares(features.columns());
  for (size_t row = 0; row < features.rows(); ++row)
    features.for_row(row, [&](size_t column, double value) {
      sums[column] += value;
      squares[column] += value * value;
    });
  const double rows = static_cast<double>(features.rows());
  double variance = 0;
  for (size_t j = 0; j < sums.size(); ++j) variance += squares[j] / rows - (sums[j] / rows) * (sums[j] / rows);
  return variance / static_cast<double>(sums.size());
}

class Clustering {
 public:
  Clustering(const Matrix& features, const KmeansOptions& options)
      : features_(features), options_(options), random_(options.seed), lengths_(features.rows()) {
    for (size_t row = 0; row < lengths_.size(); ++row) lengths_[row] = squared_length(features, row);
    shift_max_ = options.tolerance * mean_variance(features);
  }

  KmeansModel run() {
    KmeansModel model{.clusters = options_.clusters, .centers = start(), .inertia = 0, .rounds = 0};
    for (; model.rounds < options_.rounds_max; ++model.rounds) {
      std::vector<double> distances;
      const std::vector<uint32_t> clusters = model.assign(features_, &distances);
      const double shift = move(model, clusters, distances);
      if (shift <= shift_max_) break;
    }
    std::vector<double> distances;
    (void)model.assign(features_, &distances);
    model.inertia = std::accumulate(distances.begin(), distances.end(), 0.0);
    return model;
  }

 private:
  // k-means++: each next centre is a row, drawn by its squared distance to the centres so far.
  std::vector<double> start() {
    std::vector<double> centers, buffer;
    std::vector<double> nearest(features_.rows(), std::numeric_limits<double>::infinity());
    size_t row = random_.up_to(static_cast<uint32_t>(features_.rows() - 1));
    for (size_t k = 0; k < options_.clusters; ++k) {
      const auto values = features_.row(row, buffer);
      centers.insert(centers.end(), values.begin(), values.end());
      const double* const center = centers.data() + k * features_.columns();
      double total = 0;
      for (size_t i = 0; i < nearest.size(); ++i)
        total += nearest[i] = std::min(nearest[i], squared_distance(features_, i, lengths_[i], center, lengths_[row]));
      double place = random_.uniform() * total;
      for (row = 0; row + 1 < nearest.size() && place >= nearest[row]; ++row) place -= nearest[row];
    }
    return centers;
  }

  // Moves each centre to the mean of its rows; one without rows takes the row that is farthest from its centre.
  double move(KmeansModel& model, const std::vector<uint32_t>& clusters, std::vector<double>& distances) {
    const size_t columns = features_.columns();
    std::vector<double> sums(model.centers.size());
    std::vector<double> counts(model.clusters);
    for (size_t row = 0; row < clusters.size(); ++row) {
      ++counts[clusters[row]];
      features_.for_row(row, [&](size_t j, double value) { sums[clusters[row] * columns + j] += value; });
    }
    std::vector<double> buffer;
    double shift = 0;
    for (size_t k = 0; k < model.clusters; ++k) {
      if (counts[k] == 0) {
        const auto farthest = std::max_element(distances.begin(), distances.end());
        const auto values = features_.row(static_cast<size_t>(farthest - distances.begin()), buffer);
        std::copy(values.begin(), values.end(), sums.begin() + static_cast<ptrdiff_t>(k * columns));
        counts[k] = 1;
        *farthest = 0;
      }
      for (size_t j = 0; j < columns; ++j) {
        const double moved = sums[k * columns + j] / counts[k];
        shift += (moved - model.centers[k * columns + j]) * (moved - model.centers[k * columns + j]);
        model.centers[k * columns + j] = moved;
      }
    }
    return shift;
  }

  const Matrix& features_;
  const KmeansOptions& options_;
  NumpyRandom random_;
  std::vector<double> lengths_;
  double shift_max_ = 0;
};

}  // namespace

std::vector<uint32_t> KmeansModel::assign(const Matrix& features, std::vector<double>* distances) const {
  std::vector<double> center_lengths(clusters);
  for (size_t k = 0; k < clusters; ++k)
    for (size_t j = 0; j < columns(); ++j) center_lengths[k] += std::pow(centers[k * columns() + j], 2);
  std::vector<uint32_t> nearest(features.rows());
  if (distances) distances->resize(features.rows());
  for (size_t row = 0; row < nearest.size(); ++row) {
    const double length = squared_length(features, row);
    double least = std::numeric_limits<double>::infinity();
    for (uint32_t k = 0; k < clusters; ++k) {
      const double distance =
          squared_distance(features, row, length, centers.data() + k * columns(), center_lengths[k]);
      if (distance >= least) continue;
      least = distance;
      nearest[row] = k;
    }
    if (distances) (*distances)[row] = least;
  }
  return nearest;
}

Json KmeansModel::to_json() const {
  return Json::object({{"clusters", clusters},
                       {"centers", numbers_json(centers)},
                       {"inertia", number_json(inertia)},
                       {"rounds", rounds}});
}

Outcome<KmeansModel> KmeansModel::from_json(const Json& json) {
  const auto clusters = read_count(json, "clusters", 0);
  KmeansModel model{.clusters = clusters ? *clusters : 0,
                    .centers = json_numbers(json["centers"]),
                    .inertia = json_number(json["inertia"]),
                    .rounds = 0};
  if (model.clusters == 0 || model.centers.empty() || model.centers.size() % model.clusters != 0)
    return Error{.code = "BadModel", .message = "this is no k-means model: 'clusters' and 'centers' do not fit"};
  return model;
}

Outcome<KmeansModel> fit_kmeans(const Matrix& features, const KmeansOptions& options) {
  if (options.clusters < 1 || options.clusters > features.rows())
    return Error{.code = "BadOption",
                 .message = fmt::format("{} clusters of {} rows are not possible", options.clusters, features.rows())};
  KmeansModel best;
  for (size_t i = 0; i < std::max<size_t>(1, options.starts); ++i) {
    KmeansOptions one = options;
    one.seed = options.seed + static_cast<uint32_t>(i);
    KmeansModel model = Clustering(features, one).run();
    if (best.clusters == 0 || model.inertia < best.inertia) best = std::move(model);
  }
  return best;
}

}  // namespace penstock::learn
