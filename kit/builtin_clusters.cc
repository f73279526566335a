// The kmeans and pca images: their hyperparameters, channels train and test, log lines and model files.
#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "kit/builtin.h"
#include "kit/builtin_data.h"
#include "kit/model.h"

namespace penstock::kit {

namespace {

using Kind = Hyperparameter::Kind;
using std::string_view;

constexpr string_view starts[] = {"random", "kmeans++"};
constexpr string_view modes[] = {"regular", "randomized"};

// Developer guide, "K-means hyperparameters": of the rounds over mini-batches (epochs, extra_center_factor, ...)
// nothing is left to steer, since all rows are at hand.
constexpr Hyperparameter of_kmeans[] = {
    {.name = "k", .kind = Kind::integer, .required = true, .min = 1},
    {.name = "feature_dim", .kind = Kind::integer, .required = true, .min = 1},
    {.name = "init_method", .kind = Kind::choice, .choices = starts},
    {.name = "local_lloyd_init_method", .kind = Kind::choice, .choices = starts},
    {.name = "local_lloyd_max_iter", .kind = Kind::integer, .min = 1, .otherwise = "300"},
    {.name = "local_lloyd_num_trials", .kind = Kind::integer, .min = 1, .otherwise = "auto", .automatic = true},
    {.name = "local_lloyd_tol", .kind = Kind::real, .min = 0, .max = 1, .otherwise = "0.0001"},
    {.name = "mini_batch_size", .kind = Kind::integer, .min = 1},
    {.name = "epochs", .kind = Kind::integer, .min = 1},
    {.name = "extra_center_factor", .kind = Kind::integer, .min = 1, .automatic = true},
    {.name = "half_life_time_size", .kind = Kind::integer, .min = 0},
    {.name = "eval_metrics"},
    {.name = "force_dense"},
    {.name = "_tuning_objective_metric"},
};

// Developer guide, "PCA hyperparameters".
constexpr Hyperparameter of_pca[] = {
    {.name = "num_components", .kind = Kind::integer, .required = true, .min = 1},
    {.name = "feature_dim", .kind = Kind::integer, .required = true, .min = 1},
    {.name = "mini_batch_size", .kind = Kind::integer, .required = true, .min = 1},
    {.name = "subtract_mean", .kind = Kind::flag, .otherwise = "true"},
    {.name = "algorithm_mode", .kind = Kind::choice, .choices = modes},
    {.name = "extra_components", .kind = Kind::integer, .min = -1},
    {.name = "_tuning_objective_metric"},
};

Outcome<TrainingRows> rows_of(const BuiltinJob& job, const Hyperparameters& given, const Channel& channel) {
  const RowsOptions options{.content_type = "application/x-recordio-protobuf", .labels = channel.label_size == 1};
  auto rows = read_rows(job, channel, options);
  if (!rows) return rows;
  if (static_cast<int64_t>(rows->columns) != given.integer("feature_dim"))
    return client_error(
        fmt::format("feature_dim is {} but the data has {} features (CSV with a label first: "
                    "'text/csv;label_size=1')",
                    given.integer("feature_dim"), rows->columns));
  return rows;
}

Json rows_json(const std::vector<double>& values, size_t columns) {
  Json rows = Json::array();
  for (size_t at = 0; at < values.size(); at += columns) {
    Json row = Json::array();
    for (size_t i = 0; i < columns; ++i) row.push_back(values[at + i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

// model_algo-1 has the arrays by the names that the image's MXNet file has; model.json is what `penstock-kit infer`
// reads.
Outcome<void> write(const BuiltinJob& job, const Json& arrays, Model model, size_t columns, const char* image) {
  if (auto written = job.write_model("model_algo-1", to_pretty_string(arrays) + "\n"); !written) return written;
  model.algorithm = image;
  for (size_t i = 0; i < columns; ++i) model.features.push_back(fmt::format("f{}", i));
  OutputFiles files(job.session().disk);
  if (auto written = write_model(files, job.model_folder(), model, Json::object({{"image", image}})); !written)
    return written;
  return files.commit();
}

void print_distances(const BuiltinJob& job, string_view channel, const learn::KmeansModel& model,
                     const TrainingRows& rows) {
  std::vector<double> distances;
  static_cast<void>(model.assign(learn::Matrix::dense(rows.rows, rows.columns, rows.values), &distances));
  const double sum = std::accumulate(distances.begin(), distances.end(), 0.0);
  job.line(fmt::format("#quality_metric: host={}, {} msd <loss>={}", job.host(), channel,
                       sum / static_cast<double>(rows.rows)));
  job.line(fmt::format("#quality_metric: host={}, {} ssd <loss>={}", job.host(), channel, sum));
}

void mirror(TrainingRows& rows) {
  const size_t size = rows.values.size();
  rows.values.reserve(2 * size);
  for (size_t i = 0; i < size; ++i) rows.values.push_back(-rows.values[i]);
  rows.rows *= 2;
}

}  // namespace

Outcome<void> train_kmeans(const BuiltinJob& job) {
  const auto given = Hyperparameters::check(job.hyperparameters(), of_kmeans, Hyperparameters::Words::schema);
  if (!given) return given.error();
  const Channel* train = job.channel("train");
  if (train == nullptr) return client_error("'train' is a required property");
  const auto rows = rows_of(job, *given, *train);
  if (!rows) return rows.error();
  learn::KmeansOptions options;
  options.clusters = static_cast<size_t>(given->integer("k"));
  options.rounds_max = static_cast<size_t>(given->integer("local_lloyd_max_iter"));
  options.tolerance = given->real("local_lloyd_tol");
  options.starts = static_cast<size_t>(std::max(1.0, given->real("local_lloyd_num_trials", 10)));
  auto model = learn::fit_kmeans(learn::Matrix::dense(rows->rows, rows->columns, rows->values), options);
  if (!model) return client_error(model.error().message);
  print_distances(job, "train", *model, *rows);
  if (const Channel* test = job.channel("test")) {
    const auto further = rows_of(job, *given, *test);
    if (!further) return further.error();
    print_distances(job, "test", *model, *further);
  }
  const Json arrays = Json::object({{"centers", rows_json(model->centers, model->columns())}});
  Model whole;
  whole.parameters = *std::move(model);
  return write(job, arrays, std::move(whole), rows->columns, "kmeans");
}

Outcome<void> train_pca(const BuiltinJob& job) {
  const auto given = Hyperparameters::check(job.hyperparameters(), of_pca, Hyperparameters::Words::schema);
  if (!given) return given.error();
  const Channel* train = job.channel("train");
  if (train == nullptr) return client_error("'train' is a required property");
  auto rows = rows_of(job, *given, *train);
  if (!rows) return rows.error();
  // Rows and their mirror images have the mean 0 and the directions of the rows about 0.
  const bool centered = given->flag("subtract_mean", true);
  if (!centered) mirror(*rows);
  auto model = learn::fit_pca(learn::Matrix::dense(rows->rows, rows->columns, rows->values),
                              static_cast<size_t>(given->integer("num_components")));
  if (!model) return client_error(model.error().message);
  Json singular = Json::array();
  for (const double variance : model->variances)
    singular.push_back(std::sqrt(variance * static_cast<double>(rows->rows - 1) / (centered ? 1 : 2)));
  const Json arrays = Json::object({{"mean", rows_json(model->means, model->means.size())[size_t{0}]},
                                    {"s", std::move(singular)},
                                    {"v", rows_json(model->directions, model->means.size())}});
  double explained = 0;
  for (const double share : model->shares) explained += share;
  job.line(fmt::format("#quality_metric: host={}, train explained_variance_ratio <score>={}", job.host(), explained));
  Model whole;
  whole.parameters = *std::move(model);
  return write(job, arrays, std::move(whole), rows->columns, "pca");
}

}  // namespace penstock::kit
