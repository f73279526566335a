#include "core/monitor/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>

#include "base/json.h"
#include "base/large_pages.h"

namespace penstock::monitor {
namespace {

using explore::PackedRuns;
using explore::WideRuns;

static_assert(std::endian::native == std::endian::little, "baselines are written as memory has them");

// What follows it: of version 1, numbers are doubles always, and counts have 4 or 8 bytes.
constexpr std::string_view first_line = "penstock baseline 2\n";
constexpr std::string_view first_line_of_1 = "penstock baseline 1\n";

Error bad(std::string what) {
  return Error{"BadBaseline", fmt::format("not a whole baseline: {}", what)};
}

// A count of the description; 0 where there is none.
uint64_t count_of(const Json& count) {
  const auto value = count.is_number() ? count.as_integer() : std::nullopt;
  return value && *value > 0 ? static_cast<uint64_t>(*value) : 0;
}

template <class T>
void append(std::string& out, std::span<const T> values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// A place in a saved baseline.
struct Cursor {
  const SavedBaseline::Source& source;
  uint64_t at = 0;

  uint64_t left() const { return source.bytes - at; }

  // The next `count` values.
  template <class T>
  Outcome<void> take(uint64_t count, std::vector<T>& out) {
    if (count > left() / sizeof(T)) return bad("numbers are cut off");
    reserve_large(out, count);
    out.resize(count);
    if (count == 0) return {};
    auto read = source.read(at, reinterpret_cast<char*>(out.data()), count * sizeof(T));
    at += count * sizeof(T);
    return read;
  }

  // The next line, without its end.
  Outcome<std::string> take_line() {
    constexpr uint64_t part_bytes = uint64_t{1} << 16;
    std::string line;
    for (;;) {
      const size_t before = line.size();
      line.resize(before + std::min(part_bytes, left() - before));
      if (line.size() == before) return bad("it ends in its description");
      if (auto read = source.read(at + before, line.data() + before, line.size() - before); !read) return read.error();
      const size_t end = line.find('\n', before);
      if (end == std::string::npos) continue;
      line.resize(end);
      at += end + 1;
      return line;
    }
  }
};

// Bytes of a column's numbers and counts; nothing when they would be more than `limit`.
std::optional<uint64_t> bytes_of(const Json& description, uint64_t limit) {
  if (description.find("values") != nullptr) return 0;
  const uint64_t of_each = (description["decimals"].is_number() ? sizeof(int32_t) : sizeof(double)) +
                           std::min<uint64_t>(count_of(description["count_bytes"]), sizeof(uint64_t));
  const uint64_t distinct = count_of(description["distinct"]);
  return distinct <= limit / of_each ? std::optional(distinct * of_each) : std::nullopt;
}

// Bytes that each count needs: none where every value occurs once.
uint64_t count_bytes_of(const NumericDistribution& distribution) {
  if (distribution.size() == distribution.distinct()) return 0;
  uint64_t largest = 0;
  for (size_t i = 0; i < distribution.distinct(); ++i) largest = std::max(largest, distribution.count(i));
  return largest <= UINT8_MAX ? 1 : largest <= UINT16_MAX ? 2 : largest <= UINT32_MAX ? 4 : 8;
}

template <class Count>
void append_counts(std::string& out, const NumericDistribution& distribution) {
  std::vector<Count> counts;
  counts.reserve(distribution.distinct());
  for (size_t i = 0; i < distribution.distinct(); ++i) counts.push_back(static_cast<Count>(distribution.count(i)));
  append(out, std::span<const Count>(counts));
}

void append_numbers(std::string& out, const NumericDistribution& distribution) {
  std::visit([&](const auto& runs) { append(out, std::span(runs.numbers)); }, distribution.runs);
  switch (count_bytes_of(distribution)) {
    case 1:
      return append_counts<uint8_t>(out, distribution);
    case 2:
      return append_counts<uint16_t>(out, distribution);
    case 4:
      return append_counts<uint32_t>(out, distribution);
    case 8:
      return append_counts<uint64_t>(out, distribution);
    default:
      return;
  }
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
  out.set("distinct", numbers.distinct());
  if (const auto* packed = std::get_if<PackedRuns>(&numbers.runs)) out.set("decimals", packed->decimals);
  out.set("count_bytes", count_bytes_of(numbers));
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

// Adds up the counts of `distinct` numbers.
template <class Count, class End>
Outcome<void> read_counts(uint64_t distinct, Cursor& cursor, std::vector<End>& ends) {
  std::vector<Count> counts;
  if (auto taken = cursor.take(distinct, counts); !taken) return taken;
  reserve_large(ends, distinct);
  ends.resize(distinct);
  uint64_t sum = 0;
  bool overflows = false;
  bool none = false;
  for (size_t i = 0; i < distinct; ++i) {
    sum += counts[i];
    overflows |= sum < counts[i];
    none |= counts[i] == 0;
    ends[i] = static_cast<End>(sum);
  }
  if (none) return bad("a number occurs no times");
  constexpr auto sum_max = static_cast<uint64_t>(std::numeric_limits<std::make_signed_t<End>>::max());
  if (overflows || sum > sum_max) return too_many();
  return {};
}

// Counts of `count_bytes` each; 0: every number occurs once.
template <class End>
Outcome<void> read_ends(uint64_t distinct, uint64_t count_bytes, Cursor& cursor, std::vector<End>& ends) {
  switch (count_bytes) {
    case 0:
      ends.resize(distinct);
      std::iota(ends.begin(), ends.end(), End{1});
      return {};
    case 1:
      return read_counts<uint8_t>(distinct, cursor, ends);
    case 2:
      return read_counts<uint16_t>(distinct, cursor, ends);
    case 4:
      return read_counts<uint32_t>(distinct, cursor, ends);
    case 8:
      return read_counts<uint64_t>(distinct, cursor, ends);
    default:
      return bad("counts have 1, 2, 4 or 8 bytes");
  }
}

template <class Number, class End>
Outcome<void> read_runs(const Json& description, Cursor& cursor, explore::NumberRuns<Number, End>& runs) {
  const uint64_t distinct = count_of(description["distinct"]);
  if (auto taken = cursor.take(distinct, runs.numbers); !taken) return taken;
  bool ascends = true;
  for (size_t i = 0; i + 1 < runs.numbers.size(); ++i) ascends &= runs.numbers[i] < runs.numbers[i + 1];
  if (!ascends) return bad("numbers do not ascend");
  return read_ends(distinct, count_of(description["count_bytes"]), cursor, runs.ends);
}

Outcome<void> read_numbers(const Json& description, Cursor& cursor, std::variant<PackedRuns, WideRuns>& runs) {
  if (!description["decimals"].is_number()) return read_runs(description, cursor, runs.emplace<WideRuns>());
  const uint64_t decimals = count_of(description["decimals"]);
  if (decimals > explore::packed_decimals_max) return bad("numbers have too many decimals");
  auto& packed = runs.emplace<PackedRuns>();
  packed.decimals = static_cast<unsigned>(decimals);
  return read_runs(description, cursor, packed);
}

Outcome<NumericDistribution> read_numbers(const Json& description, Room room, Cursor& cursor) {
  NumericDistribution out;
  if (auto read = read_numbers(description, cursor, out.runs); !read) return read.error();
  out.missing = count_of(description["missing"]);
  out.infinite = count_of(description["infinite"]);
  if (!room.take(out.size()) || !room.take(out.missing) || !room.take(out.infinite)) return too_many();
  out.integral = description["integral"].is_boolean() && description["integral"].as_boolean();
  return out;
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
    if (const auto* numbers = std::get_if<NumericDistribution>(&column.distribution)) append_numbers(out, *numbers);
  }
  return out;
}

bool is_baseline(std::string_view bytes) {
  return bytes.starts_with(first_line) || bytes.starts_with(first_line_of_1);
}

Outcome<Baseline> baseline_from_bytes(std::string_view bytes) {
  const auto saved = SavedBaseline::open({bytes.size(), [&](uint64_t at, char* to, size_t count) {
                                            bytes.copy(to, count, at);
                                            return Outcome<void>();
                                          }});
  if (!saved) return saved.error();
  Baseline out;
  out.rows = saved->rows();
  out.skipped = saved->skipped();
  for (size_t i = 0; i < saved->columns(); ++i) {
    auto column = saved->read(i);
    if (!column) return column.error();
    out.columns.push_back(*std::move(column));
  }
  return out;
}

Outcome<SavedBaseline> SavedBaseline::open(Source source) {
  SavedBaseline out;
  out.source_ = std::move(source);
  Cursor cursor{out.source_};
  const auto first = cursor.take_line();
  if (!first) return first.error();
  if (!is_baseline(*first + '\n')) return bad("the first line is not that of a baseline");
  const auto line = cursor.take_line();
  if (!line) return line.error();
  const auto description = parse_json(*line);
  if (!description) return bad(description.error().message);
  out.rows_ = count_of((*description)["rows"]);
  if (out.rows_ > rows_max) return bad("it has too many rows");
  if (const Json& skipped = (*description)["skipped"]; skipped.is_object()) {
    for (const auto& [name, why] : skipped.members()) {
      if (!why.is_string()) return bad("why a column is skipped is not a text");
      out.skipped_.emplace_back(name, why.as_string());
    }
  }
  if (!(*description)["columns"].is_array()) return bad("it has no columns");
  for (const Json& column : (*description)["columns"].items()) {
    out.columns_.push_back({column, cursor.at});
    const auto bytes = bytes_of(column, cursor.left());
    if (!bytes) return bad("numbers are cut off");
    cursor.at += *bytes;
  }
  if (cursor.left() > 0) return bad("something follows the last column");
  return out;
}

Outcome<BaselineColumn> SavedBaseline::read(size_t column) const {
  const Json& description = columns_[column].description;
  BaselineColumn out;
  out.name = std::string(name(column));
  if (const Json& threshold = description["chunk_threshold"]; threshold.is_number())
    out.chunk_threshold = threshold.as_double();
  if (description.find("values") != nullptr) {
    auto categories = read_categories(description, {rows_});
    if (!categories) return categories.error();
    out.distribution = *std::move(categories);
    return out;
  }
  Cursor cursor{source_, columns_[column].at};
  auto numbers = read_numbers(description, {rows_}, cursor);
  if (!numbers) return numbers.error();
  out.distribution = *std::move(numbers);
  return out;
}

}  // namespace penstock::monitor
