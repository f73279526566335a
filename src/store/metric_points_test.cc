#include "store/metric_points.h"

#include <gtest/gtest.h>

#include <cmath>

#include "store/artifacts.h"
#include "store/test_folder.h"

namespace penstock::store {
namespace {

TEST(MetricPoints, SeriesAndPointsSurvive) {
  TestFolder folder;
  SystemDisk disk;
  MetricSeries series{"/aws/sagemaker/TrainingJobs", "auc", {{"Host", "job/algo-1"}, {"A", "b"}}};
  {
    auto database = std::move(*Database::open(disk, folder.path(), {}));
    auto metrics = MetricPoints::open(*database);
    metrics->append(series, {{Time{10}, 0.5}, {Time{30}, 0.7}});
    Sequence sequence =
        metrics->append({series.metric_namespace, "loss", {}}, {{Time{20}, std::nan("")}, {Time{21}, -1e300}});
    sequence = metrics->append(series, {{Time{20}, 0.6}});
    ASSERT_TRUE(database->wait_durable(sequence).ok());
  }
  auto database = std::move(*Database::open(disk, folder.path(), {}));
  auto metrics = MetricPoints::open(*database);
  MetricSeries reordered{series.metric_namespace, "auc", {{"A", "b"}, {"Host", "job/algo-1"}}};
  auto points = metrics->query(reordered, Time{0}, Time{30});
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].value, 0.6);
  EXPECT_EQ(metrics->last(series, 1).at(0).value, 0.7);
  EXPECT_EQ(metrics->query({series.metric_namespace, "loss", {}}, Time{0}, Time{99}).size(), 1U);
  EXPECT_EQ(metrics->series("").size(), 2U);
  EXPECT_EQ(metrics->series(series.metric_namespace, "", {{"A", "b"}}).size(), 1U);
  EXPECT_EQ(metrics->series("other").size(), 0U);
}

TEST(Artifacts, AreListedByJob) {
  TestFolder folder;
  SystemDisk disk;
  auto database = std::move(*Database::open(disk, folder.path(), {}));
  auto artifacts = Artifacts::open(*database);
  Artifact input{"job", Artifact::Direction::input, "train", "s3://b/k", "sha256:00", 12, Time{3}};
  Artifact output = input;
  output.direction = Artifact::Direction::output;
  output.name = "model";
  ASSERT_TRUE(database->wait_durable(artifacts->add({input, output})).ok());
  auto listed = artifacts->of_job("job");
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].name, "train");
  EXPECT_EQ(listed[1].direction, Artifact::Direction::output);
  EXPECT_EQ(listed[1].bytes, 12);
  EXPECT_TRUE(artifacts->of_job("other").empty());
}

}  // namespace
}  // namespace penstock::store
