#include "store/metric_points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>

#include "base/json.h"

namespace penstock::store {

namespace {

// A series by its three parts, dimensions as sorted JSON text: how the file names it.
struct SeriesKey {
  std::string metric_namespace, name, dimensions;
  friend auto operator<=>(const SeriesKey&, const SeriesKey&) = default;
};

SeriesKey key_of(const MetricSeries& series) {
  Dimensions sorted = series.dimensions;
  std::sort(sorted.begin(), sorted.end());
  Json object = Json::object();
  for (const auto& [name, value] : sorted) object.set(name, value);
  return {series.metric_namespace, series.name, to_string(object)};
}

MetricSeries series_of(const SeriesKey& key) {
  MetricSeries series{key.metric_namespace, key.name, {}};
  if (Outcome<Json> object = parse_json(key.dimensions)) {
    for (const JsonMember& member : object->members())
      series.dimensions.emplace_back(member.key, member.value.as_string());
  }
  return series;
}

bool has_all(const Dimensions& all, const Dimensions& wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto& one) { return std::find(all.begin(), all.end(), one) != all.end(); });
}

class SqliteMetricPoints final : public MetricPoints {
 public:
  explicit SqliteMetricPoints(Database& database) : database_(database) {
    database_.read([this](Connection& connection) {
      Statement row = connection.prepare("SELECT id, namespace, name, dimensions FROM metric_series");
      while (row.step()) {
        ids_.emplace(SeriesKey{std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3))},
                     row.integer(0));
        next_id_ = std::max(next_id_, row.integer(0) + 1);
      }
    });
  }

  Sequence append(const MetricSeries& series, const std::vector<MetricPoint>& points) override {
    std::lock_guard lock(mutex_);  // a series is written before its points
    int64_t id = intern(key_of(series));
    return database_.write([id, points](Connection& connection) {
      for (const MetricPoint& point : points) {
        if (!std::isfinite(point.value)) continue;
        connection.prepare("INSERT INTO metric_point (series, time, value) VALUES (?1, ?2, ?3)")
            .bind(1, id)
            .bind(2, point.time.microseconds)
            .bind(3, point.value)
            .step();
      }
    });
  }

  std::vector<MetricPoint> query(const MetricSeries& series, Time start, Time end, size_t count) override {
    return points(
        "SELECT time, value FROM metric_point WHERE series = ?1 AND time >= ?2 AND time < ?3 ORDER BY time, id LIMIT "
        "?4",
        series, start, end, count);
  }

  std::vector<MetricPoint> last(const MetricSeries& series, size_t count) override {
    return points(
        "SELECT time, value FROM metric_point WHERE series = ?1 AND time >= ?2 AND time <= ?3 ORDER BY time DESC, id "
        "DESC LIMIT ?4",
        series, Time{std::numeric_limits<int64_t>::min()}, Time{std::numeric_limits<int64_t>::max()}, count);
  }

  std::vector<MetricSeries> series(std::string_view metric_namespace, std::string_view name,
                                   const Dimensions& dimensions) const override {
    std::vector<MetricSeries> found;
    std::lock_guard lock(mutex_);
    for (const auto& [key, id] : ids_) {
      if (!metric_namespace.empty() && key.metric_namespace != metric_namespace) continue;
      if (!name.empty() && key.name != name) continue;
      MetricSeries one = series_of(key);
      if (has_all(one.dimensions, dimensions)) found.push_back(std::move(one));
    }
    return found;
  }

 private:
  int64_t intern(SeriesKey key) {
    auto found = ids_.find(key);
    if (found != ids_.end()) return found->second;
    int64_t id = next_id_++;
    database_.write([id, key](Connection& connection) {
      connection.prepare("INSERT INTO metric_series (id, namespace, name, dimensions) VALUES (?1, ?2, ?3, ?4)")
          .bind(1, id)
          .bind(2, key.metric_namespace)
          .bind(3, key.name)
          .bind(4, key.dimensions)
          .step();
    });
    ids_.emplace(std::move(key), id);
    return id;
  }

  std::vector<MetricPoint> points(const char* sql, const MetricSeries& series, Time start, Time end, size_t count) {
    std::vector<MetricPoint> found;
    int64_t id = 0;
    {
      std::lock_guard lock(mutex_);
      auto known = ids_.find(key_of(series));
      if (known == ids_.end()) return found;
      id = known->second;
    }
    database_.read([&](Connection& connection) {
      Statement row = connection.prepare(sql);
      row.bind(1, id)
          .bind(2, start.microseconds)
          .bind(3, end.microseconds)
          .bind(4, static_cast<int64_t>(std::min<size_t>(count, std::numeric_limits<int64_t>::max())));
      while (row.step()) found.push_back({Time{row.integer(0)}, row.real(1)});
    });
    return found;
  }

  Database& database_;
  mutable std::mutex mutex_;
  std::map<SeriesKey, int64_t> ids_;
  int64_t next_id_ = 1;
};

}  // namespace

std::unique_ptr<MetricPoints> MetricPoints::open(Database& database) {
  return std::make_unique<SqliteMetricPoints>(database);
}

}  // namespace penstock::store
