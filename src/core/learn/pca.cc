#include "core/learn/pca.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/learn/dense_solve.h"
#include "core/learn/options.h"

namespace penstock::learn {

Outcome<PcaModel> fit_pca(const Matrix& features, size_t components) {
  const size_t rows = features.rows(), columns = features.columns();
  if (rows < 2 || components < 1 || components > std::min(rows, columns))
    return Error{.code = "BadOption",
                 .message = fmt::format("{} components of {} rows with {} features are not possible", components, rows,
                                        columns)};
  PcaModel model;
  model.components = components;
  model.means.assign(columns, 0.0);
  const std::vector<double> ones(rows, 1 / static_cast<double>(rows));
  features.multiply_transposed(ones, model.means);
  std::vector<double> covariance(columns * columns), buffer, centred(columns);
  for (size_t row = 0; row < rows; ++row) {
    const auto values = features.row(row, buffer);
    for (size_t j = 0; j < columns; ++j) centred[j] = values[j] - model.means[j];
    for (size_t i = 0; i < columns; ++i)
      for (size_t j = 0; j <= i; ++j) covariance[i * columns + j] += centred[i] * centred[j];
  }
  for (size_t i = 0; i < columns; ++i)
    for (size_t j = 0; j <= i; ++j)
      covariance[j * columns + i] = covariance[i * columns + j] /= static_cast<double>(rows - 1);
  const Eigenpairs pairs = eigen_symmetric(covariance, columns);
  double total = 0;
  for (const double value : pairs.values) total += std::max(0.0, value);
  for (size_t k = 0; k < components; ++k) {
    const auto first = pairs.vectors.begin() + static_cast<ptrdiff_t>(k * columns);
    const auto largest = std::max_element(first, first + static_cast<ptrdiff_t>(columns),
                                          [](double left, double right) { return std::abs(left) < std::abs(right); });
    const double sign = *largest < 0 ? -1 : 1;
    for (size_t j = 0; j < columns; ++j) model.directions.push_back(sign * first[static_cast<ptrdiff_t>(j)]);
    model.variances.push_back(std::max(0.0, pairs.values[k]));
    model.shares.push_back(total == 0 ? 0 : model.variances.back() / total);
  }
  return model;
}

std::vector<double> PcaModel::transform(const Matrix& features) const {
  std::vector<double> all(features.rows() * components), one(features.rows());
  for (size_t k = 0; k < components; ++k) {
    const std::span<const double> direction = std::span(directions).subspan(k * means.size(), means.size());
    double shift = 0;
    for (size_t j = 0; j < means.size(); ++j) shift -= means[j] * direction[j];
    features.multiply(direction, shift, one);
    for (size_t row = 0; row < one.size(); ++row) all[row * components + k] = one[row];
  }
  return all;
}

Json PcaModel::to_json() const {
  return Json::object({{"components", components},
                       {"means", numbers_json(means)},
                       {"directions", numbers_json(directions)},
                       {"variances", numbers_json(variances)},
                       {"shares", numbers_json(shares)}});
}

Outcome<PcaModel> PcaModel::from_json(const Json& json) {
  const auto components = read_count(json, "components", 0);
  PcaModel model{.components = components ? *components : 0,
                 .means = json_numbers(json["means"]),
                 .directions = json_numbers(json["directions"]),
                 .variances = json_numbers(json["variances"]),
                 .shares = json_numbers(json["shares"])};
  // Divided, because a product of what a file says could wrap.
  if (model.components == 0 || model.means.empty() || model.directions.size() % model.means.size() != 0 ||
      model.directions.size() / model.means.size() != model.components)
    return Error{.code = "BadModel",
                 .message = "this is no PCA model: 'components', 'means' and 'directions' do not fit"};
  return model;
}

}  // namespace penstock::learn
