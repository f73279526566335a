#include "core/monitor/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/json.h"
#include "base/large_pages.h"

namespace penstock::monitor {
namespace {

static_assert(std::endian::native == std::endian::little, "baselines are written as memory has them");

constexpr std::string_view first_line = "penstock baseline 1\n";

Error bad(std::string what) {
  return Error{"BadBaseline", fmt::format("not a whole baseline: {}", what)};
}

// A count of the description; 0 where there is none.
uint64_t count_of(const Json& count) {
  const auto value = count.is_number() ? count.as_integer() : std::nullopt;
  return value && *value > 0 ? static_cast<uint64_t>(*value) : 0;
}

template <class T>
void append(std::string& out, const std::vector<T>& values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// What is left of a baseline's content.
struct Content {
  const BaselineSource& source;
  uint64_t at = 0;

  uint64_t left() const { return source.bytes - at; }

  // The next `count` values; false when there are not so many.
  template <class T>
  bool take(uint64_t count, std::vector<T>& out) {
    if (count > left() / sizeof(T)) return false;
    reserve_large(out, count);
    out.resize(count);
    if (count > 0 && !source.read(at, reinterpret_cast<char*>(out.data()), count * sizeof(T))) return false;
    at += count * sizeof(T);
    return true;
  }

  // The next line, without its end; nullopt when it has none.
  std::optional<std::string> take_line() {
    constexpr uint64_t part_bytes = uint64_t{1} << 16;
    std::string line;
    for (;;) {
      const size_t before = line.size();
      line.resize(before + std::min(part_bytes, left() - before));
      if (line.size() == before || !source.read(at + before, line.data() + before, line.size() - before)) return {};
      const size_t end = line.find('\n', before);
      if (end == std::string::npos) continue;
      line.resize(end);
      at += end + 1;
      return line;
    }
  }
};

bool counts_fit(const NumericDistribution& distribution) {
  for (size_t i = 0; i < distribution.values.size(); ++i)
    if (distribution.count(i) > UINT32_MAX) return false;
  return true;
}

Json describe(const BaselineColumn& column) {
  Json out = Json::object({{"name", column.name}, {"missing", missing_of(column.distribution)}});
  if (column.chunk_threshold) out.set("chunk_threshold", *column.chunk_threshold);
  if (const auto* categories = std::get_if<CategoryDistribution>(&column.distribution)) {
    Json values = Json::array();
    Json counts = Json::array();
    for (const std::string& value : categories->values) values.push_back(value);
    for (const uint64_t count : categories->counts) counts.push_back(count);
    out.set("values", std::move(values));
    out.set("counts", std::move(counts));
    return out;
  }
  const auto& numbers = std::get<NumericDistribution>(column.distribution);
  out.set("infinite", numbers.infinite);
  out.set("integral", numbers.integral);
  out.set("distinct", numbers.values.size());
  // Bytes of each count: none where every value occurs once.
  const bool once = numbers.size() == numbers.values.size();
  out.set("count_bytes", once ? 0 : counts_fit(numbers) ? 4 : 8);
  return out;
}

// Counts are sums of doubles elsewhere, and those of two baselines are added up.
constexpr uint64_t rows_max = uint64_t{1} << 53;

// What may still be counted of a column: as many as the baseline has rows.
struct Room {
  uint64_t rows;

  bool take(uint64_t count) {
    if (count > rows) return false;
    rows -= count;
    return true;
  }
};

Error too_many() {
  return bad("a column has more values than there are rows");
}

Outcome<void> read_numbers(const Json& description, Room room, Content& content, NumericDistribution& out) {
  const auto distinct = count_of(description["distinct"]);
  const uint64_t count_bytes = count_of(description["count_bytes"]);
  if (!content.take(distinct, out.values)) return bad("numbers are cut off");
  for (size_t i = 0; i + 1 < out.values.size(); ++i)
    if (!(out.values[i] < out.values[i + 1])) return bad("numbers do not ascend");
  std::vector<uint32_t> narrow;
  std::vector<uint64_t> wide;
  if (count_bytes == 4 && !content.take(distinct, narrow)) return bad("counts are cut off");
  if (count_bytes == 8 && !content.take(distinct, wide)) return bad("counts are cut off");
  reserve_large(out.cumulative, distinct);
  uint64_t sum = 0;
  for (size_t i = 0; i < distinct; ++i) {
    const uint64_t count = count_bytes == 4 ? narrow[i] : count_bytes == 8 ? wide[i] : 1;
    if (count == 0) return bad("a number occurs no times");
    if (!room.take(count)) return too_many();
    out.cumulative.push_back(sum += count);
  }
  out.missing = count_of(description["missing"]);
  out.infinite = count_of(description["infinite"]);
  if (!room.take(out.missing) || !room.take(out.infinite)) return too_many();
  out.integral = description["integral"].is_boolean() && description["integral"].as_boolean();
  return {};
}

Outcome<CategoryDistribution> read_categories(const Json& description, Room room) {
  std::vector<std::pair<std::string, uint64_t>> counts;
  const Json& values = description["values"];
  if (values.size() != description["counts"].size()) return bad("a category has no count");
  for (size_t i = 0; i < values.size(); ++i) {
    const Json& count = description["counts"][i];
    if (!values[i].is_string() || !count.is_number()) return bad("a category is not a text with a count");
    counts.emplace_back(values[i].as_string(), count_of(count));
    if (counts.back().second == 0) return bad("a category occurs no times");
    if (!room.take(counts.back().second)) return too_many();
  }
  const uint64_t missing = count_of(description["missing"]);
  if (!room.take(missing)) return too_many();
  return distribution_of(std::move(counts), missing);
}

}  // namespace

const BaselineColumn* Baseline::find(std::string_view name) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

Outcome<void> merge_into(Baseline& baseline, const Baseline& other) {
  if (baseline.columns.size() != other.columns.size())
    return Error{"BaselinesDiffer",
                 fmt::format("the baselines have {} and {} columns: only those of equal columns merge",
                             baseline.columns.size(), other.columns.size())};
  for (BaselineColumn& column : baseline.columns) {
    const BaselineColumn* same = other.find(column.name);
    if (same == nullptr || same->distribution.index() != column.distribution.index())
      return Error{"BaselinesDiffer", fmt::format("column '{}' {}: only baselines of equal columns merge", column.name,
                                                  same == nullptr ? "is in one baseline only"
                                                                  : "is numbers in one baseline, texts in the other")};
    if (auto* numbers = std::get_if<NumericDistribution>(&column.distribution))
      *numbers = merge(*numbers, std::get<NumericDistribution>(same->distribution));
    else
      column.distribution = merge(std::get<CategoryDistribution>(column.distribution),
                                  std::get<CategoryDistribution>(same->distribution));
    column.chunk_threshold.reset();
  }
  baseline.rows += other.rows;
  return {};
}

std::string to_bytes(const Baseline& baseline) {
  Json columns = Json::array();
  for (const BaselineColumn& column : baseline.columns) columns.push_back(describe(column));
  std::string out(first_line);
  Json skipped = Json::object();
  for (const auto& [name, why] : baseline.skipped) skipped.set(name, why);
  append_json(out, Json::object({{"rows", baseline.rows}, {"columns", std::move(columns)}, {"skipped", skipped}}));
  out += '\n';
  for (const BaselineColumn& column : baseline.columns) {
    const auto* numbers = std::get_if<NumericDistribution>(&column.distribution);
    if (numbers == nullptr) continue;
    append(out, numbers->values);
    if (numbers->size() == numbers->values.size()) continue;
    std::vector<uint64_t> counts;
    for (size_t i = 0; i < numbers->values.size(); ++i) counts.push_back(numbers->count(i));
    if (counts_fit(*numbers))
      append(out, std::vector<uint32_t>(counts.begin(), counts.end()));
    else
      append(out, counts);
  }
  return out;
}

bool is_baseline(std::string_view bytes) {
  return bytes.starts_with(first_line);
}

Outcome<Baseline> baseline_from_bytes(std::string_view bytes) {
  return baseline_from({bytes.size(), [&](uint64_t at, char* to, size_t count) {
                          bytes.copy(to, count, at);
                          return true;
                        }});
}

Outcome<Baseline> baseline_from(const BaselineSource& source) {
  Content content{source};
  if (const auto line = content.take_line(); !line || *line + '\n' != first_line)
    return bad("the first line is not that of a baseline");
  const auto line = content.take_line();
  if (!line) return bad("it ends in its description");
  const auto description = parse_json(*line);
  if (!description) return bad(description.error().message);
  Baseline out;
  out.rows = count_of((*description)["rows"]);
  if (out.rows > rows_max) return bad("it has too many rows");
  if (const Json& skipped = (*description)["skipped"]; skipped.is_object()) {
    for (const auto& [name, why] : skipped.members()) {
      if (!why.is_string()) return bad("why a column is skipped is not a text");
      out.skipped.emplace_back(name, why.as_string());
    }
  }
  if (!(*description)["columns"].is_array()) return bad("it has no columns");
  for (const Json& column : (*description)["columns"].items()) {
    BaselineColumn made;
    made.name = std::string(column.text("name"));
    if (const Json& threshold = column["chunk_threshold"]; threshold.is_number())
      made.chunk_threshold = threshold.as_double();
    if (column.find("values") != nullptr) {
      auto categories = read_categories(column, {out.rows});
      if (!categories) return categories.error();
      made.distribution = *std::move(categories);
    } else {
      NumericDistribution numbers;
      if (auto read = read_numbers(column, {out.rows}, content, numbers); !read) return read.error();
      made.distribution = std::move(numbers);
    }
    out.columns.push_back(std::move(made));
  }
  if (content.left() > 0) return bad("something follows the last column");
  return out;
}

}  // namespace penstock::monitor
