#include "core/explore/profiler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "core/explore/column_summary.h"
#include "core/explore/correlation.h"
#include "core/explore/moments.h"
#include "core/explore/number_values.h"
#include "core/explore/row_prints.h"
#include "core/explore/text_values.h"

namespace penstock::explore {

namespace {

constexpr TextHash missing_hash = {missing_print, ~missing_print};

template <class Value>
std::string_view bytes_of(const std::vector<Value>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)};
}
std::string_view bytes_of(std::span<const double> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)};
}

// Continues a print of everything so far by the next batch's.
void chain(TextHash& print, uint64_t batch, TextHash next) {
  const std::vector<uint64_t> all = {print.high, print.low, batch, next.high, next.low};
  print = hash_text(bytes_of(all));
}

struct ColumnState {
  explicit ColumnState(Spill& spill) : numbers(spill), texts(spill) {}

  std::string name;
  ColumnType type = ColumnType::Unknown;
  uint64_t missing = 0;
  uint64_t rows = 0;
  Moments moments;
  NumberValues numbers;
  TextValues texts;
  TextHash content;  // print of all values
  TextHash gaps;     // print of which rows are missing
  // Of this batch.
  std::vector<TextHash> hashes;
  std::vector<uint16_t> codes;
  std::vector<uint8_t> mask;
  bool categorical = false;  // a text or boolean of at most levels_max levels so far
};

bool is_correlated(ColumnType type) {
  return type == ColumnType::Integral || type == ColumnType::Fractional || type == ColumnType::Boolean;
}

}  // namespace

struct Profiler::State {
  State(Spill& shared, ProfileOptions given) : spill(shared), options(std::move(given)), prints(spill) {}

  void start(std::span<const Column> columns);
  Outcome<void> add_numbers(const Column& column, ColumnState& state);
  Outcome<void> add_texts(const Column& column, ColumnState& state);
  void relate(std::span<const Column> columns);
  void relate_target(std::span<const Column> columns);
  std::span<const double> numbers_of(const Column& column);
  Outcome<void> summarize_columns(Profile& profile);
  void correlate(Profile& profile);
  void associate(Profile& profile) const;
  ColumnGroups groups() const;

  Spill& spill;
  ProfileOptions options;
  RowPrints prints;
  bool started = false;
  uint64_t rows = 0;
  uint64_t batches = 0;
  std::vector<ColumnState> columns;
  std::vector<TextHash> row_prints;
  ColumnOrders orders;
  std::vector<double> no_numbers;  // NaN for every row, where a column turned out to be of texts

  std::vector<size_t> correlated;  // indices of columns
  std::optional<PearsonSums> pearson;
  std::optional<RowSample> sample;
  std::vector<size_t> associated;
  std::map<std::pair<size_t, size_t>, Contingency> contingencies;
  size_t target = std::numeric_limits<size_t>::max();
  std::map<size_t, LevelMoments> by_target;  // numeric columns by the target's levels, or the target by theirs
};

Profiler::Profiler(Spill& spill, ProfileOptions options) : state_(std::make_unique<State>(spill, std::move(options))) {}
Profiler::~Profiler() = default;

void Profiler::State::start(std::span<const Column> first) {
  started = true;
  columns.reserve(first.size());
  for (size_t i = 0; i < first.size(); ++i) {
    columns.emplace_back(spill).name = first[i].name;
    if (first[i].name == options.target) target = i;
    if (!options.relations) continue;
    const ColumnType type = first[i].type;
    if ((is_correlated(type) || type == ColumnType::Unknown) && correlated.size() < correlated_columns_max) {
      correlated.push_back(i);
    }
    if ((type == ColumnType::String || type == ColumnType::Boolean) && associated.size() < associated_columns_max) {
      associated.push_back(i);
      columns[i].categorical = true;
    }
  }
  pearson.emplace(correlated.size());
  sample.emplace(correlated.size(), options.spearman_rows);
}

Outcome<void> Profiler::add(std::span<const Column> columns) {
  State& state = *state_;
  if (!state.started) state.start(columns);
  const size_t rows = columns.empty() ? 0 : columns[0].rows;
  if (rows == 0) {
    for (size_t i = 0; i < columns.size(); ++i) state.columns[i].type = columns[i].type;
    return {};
  }
  state.rows += rows;
  ++state.batches;
  state.row_prints.assign(rows, {});
  for (size_t i = 0; i < columns.size(); ++i) {
    ColumnState& column = state.columns[i];
    column.rows += rows;
    if (columns[i].type != ColumnType::Unknown || column.type == ColumnType::Unknown) column.type = columns[i].type;
    auto added = columns[i].numeric() || columns[i].type == ColumnType::Unknown ? state.add_numbers(columns[i], column)
                                                                                : state.add_texts(columns[i], column);
    if (!added) return added;
  }
  if (auto added = state.prints.add(state.row_prints); !added) return added;
  if (state.options.orders) state.orders.add(columns);
  if (state.options.relations) state.relate(columns);
  return {};
}

Outcome<void> Profiler::State::add_numbers(const Column& column, ColumnState& state) {
  const std::span<const double> numbers = column.numbers;
  uint64_t missing = 0;
  for (const double value : numbers) missing += std::isnan(value);
  if (missing > 0) {
    state.mask.resize(column.rows);
    for (size_t row = 0; row < column.rows; ++row) state.mask[row] = std::isnan(numbers[row]);
    chain(state.gaps, batches, hash_text(bytes_of(state.mask)));
  }
  state.missing += missing;
  chain(state.content, batches, hash_text(bytes_of(numbers)));
  mix_numbers(numbers, row_prints);
  if (missing == column.rows) return {};
  state.moments.add(numbers);
  if (state.categorical) {
    state.codes.resize(column.rows);
    for (size_t row = 0; row < column.rows; ++row) {
      state.codes[row] = std::isnan(numbers[row]) ? TextValues::no_code : static_cast<uint16_t>(numbers[row] != 0);
    }
  }
  return state.numbers.add(numbers);
}

Outcome<void> Profiler::State::add_texts(const Column& column, ColumnState& state) {
  state.hashes.resize(column.rows);
  state.codes.resize(column.rows);
  for (size_t row = 0; row < column.rows; ++row) state.hashes[row] = hash_text(column.strings[row]);
  if (!column.present.empty()) {
    uint64_t missing = 0;
    for (size_t row = 0; row < column.rows; ++row) {
      if (column.present[row]) continue;
      ++missing;
      state.hashes[row] = missing_hash;
    }
    if (missing > 0) {
      state.mask.resize(column.rows);
      for (size_t row = 0; row < column.rows; ++row) state.mask[row] = column.present[row] == 0;
      chain(state.gaps, batches, hash_text(bytes_of(state.mask)));
    }
    state.missing += missing;
  }
  chain(state.content, batches, hash_text(bytes_of(state.hashes)));
  mix_texts(column, state.hashes, row_prints);
  auto added = state.texts.add(column, state.hashes, state.codes);
  if (state.texts.spilled() || state.texts.distinct_in_memory() > levels_max) state.categorical = false;
  return added;
}

std::span<const double> Profiler::State::numbers_of(const Column& column) {
  if (column.type != ColumnType::String) return column.numbers;
  no_numbers.assign(column.rows, std::numeric_limits<double>::quiet_NaN());
  return no_numbers;
}

void Profiler::State::relate(std::span<const Column> batch) {
  std::vector<std::span<const double>> numbers;
  for (const size_t i : correlated) numbers.push_back(numbers_of(batch[i]));
  pearson->add(numbers);
  sample->add(numbers);
  // Codes stand for values only as long as a column has few: later its pairs are dropped.
  for (size_t a = 0; a < associated.size(); ++a) {
    for (size_t b = a + 1; b < associated.size(); ++b) {
      const ColumnState& one = columns[associated[a]];
      const ColumnState& other = columns[associated[b]];
      const std::pair key(associated[a], associated[b]);
      if (one.categorical && other.categorical) {
        if (batch[key.first].type != ColumnType::Unknown && batch[key.second].type != ColumnType::Unknown) {
          contingencies[key].add(one.codes, other.codes);
        }
      } else {
        contingencies.erase(key);
      }
    }
  }
  relate_target(batch);
}

void Profiler::State::relate_target(std::span<const Column> batch) {
  if (target >= batch.size()) return;
  const bool target_is_category = columns[target].categorical;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (i == target) continue;
    const size_t levels = target_is_category ? target : i;
    const size_t values = target_is_category ? i : target;
    if (!columns[levels].categorical || !is_correlated(batch[values].type)) continue;
    by_target[i].add(columns[levels].codes, batch[values].numbers);
  }
}

Outcome<void> Profiler::State::summarize_columns(Profile& profile) {
  for (ColumnState& state : columns) {
    ColumnProfile& column = profile.columns.emplace_back();
    column.name = state.name;
    column.type = state.type;
    column.missing = state.missing;
    column.count = state.rows - state.missing;
    auto summarized = state.type == ColumnType::String
                          ? summarize(state.texts, column)
                          : summarize(state.moments, state.numbers, options.sketches, column);
    if (!summarized) return summarized;
    // What the values took is not needed any more.
    state.numbers = NumberValues(spill);
    state.texts = TextValues(spill);
  }
  return {};
}

void Profiler::State::correlate(Profile& profile) {
  std::vector<size_t> kept;  // places in `correlated` of columns that are numeric in the end
  for (size_t place = 0; place < correlated.size(); ++place) {
    if (is_correlated(columns[correlated[place]].type)) kept.push_back(place);
  }
  std::vector<std::span<const double>> sampled;
  for (const size_t place : kept) {
    profile.pearson.names.push_back(columns[correlated[place]].name);
    sampled.push_back(sample->columns()[place]);
  }
  const PairMatrix all = pearson->matrix();
  profile.pearson.matrix = {kept.size(), std::vector<double>(kept.size() * kept.size())};
  for (size_t i = 0; i < kept.size(); ++i) {
    for (size_t j = 0; j < kept.size(); ++j) {
      profile.pearson.matrix.values[i * kept.size() + j] = all.at(kept[i], kept[j]);
    }
  }
  profile.pearson.rows = rows;
  profile.spearman.names = profile.pearson.names;
  profile.spearman.matrix = spearman(sampled);
  profile.spearman.rows = sample->rows();
}

void Profiler::State::associate(Profile& profile) const {
  std::vector<size_t> kept;
  for (const size_t i : associated) {
    if (columns[i].categorical) kept.push_back(i);
  }
  Relations& relations = profile.cramers_v;
  relations.rows = rows;
  relations.matrix = {kept.size(), std::vector<double>(kept.size() * kept.size(), 1)};
  for (const size_t i : kept) relations.names.push_back(columns[i].name);
  for (size_t a = 0; a < kept.size(); ++a) {
    for (size_t b = a + 1; b < kept.size(); ++b) {
      const auto found = contingencies.find({kept[a], kept[b]});
      const double v =
          found == contingencies.end() ? std::numeric_limits<double>::quiet_NaN() : found->second.cramers_v();
      relations.matrix.values[a * kept.size() + b] = relations.matrix.values[b * kept.size() + a] = v;
    }
  }
}

ColumnGroups Profiler::State::groups() const {
  ColumnGroups found;
  std::map<TextHash, std::vector<std::string>> contents, gaps;
  for (const ColumnState& column : columns) {
    if (column.missing < column.rows) contents[column.content].push_back(column.name);
    if (column.missing > 0 && column.missing < column.rows) gaps[column.gaps].push_back(column.name);
  }
  for (auto& [print, names] : contents) {
    if (names.size() > 1) found.same_values.push_back(std::move(names));
  }
  for (auto& [print, names] : gaps) {
    if (names.size() > 1) found.missing_together.push_back(std::move(names));
  }
  std::ranges::sort(found.same_values);
  std::ranges::sort(found.missing_together);
  for (const auto& [i, moments] : by_target) {
    // A level has a mean of its own wherever it is rare: few rows a level say nothing.
    if (columns[target].categorical || columns[i].categorical) {
      found.explained.emplace_back(columns[i].name, moments.eta_squared());
    }
  }
  return found;
}

Outcome<Profile> Profiler::finish() {
  State& state = *state_;
  Profile profile;
  profile.rows = state.rows;
  profile.target = state.options.target;
  auto duplicates = state.prints.duplicates();
  if (!duplicates) return duplicates.error();
  profile.duplicates = *duplicates;
  if (auto summarized = state.summarize_columns(profile); !summarized) return summarized.error();
  if (state.options.relations && state.started) {
    state.correlate(profile);
    state.associate(profile);
  }
  if (state.options.orders) profile.orders = state.orders.find(profile.columns);
  profile.alerts = find_alerts(profile, state.groups());
  return profile;
}

const ColumnProfile* Profile::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &ColumnProfile::name);
  return found == columns.end() ? nullptr : &*found;
}

std::string_view type_name(ColumnType type) {
  switch (type) {
    case ColumnType::Unknown:
      return "Unknown";
    case ColumnType::Integral:
      return "Integral";
    case ColumnType::Fractional:
      return "Fractional";
    case ColumnType::Boolean:
      return "Boolean";
    case ColumnType::Timestamp:
      return "Timestamp";
    case ColumnType::String:
      return "String";
  }
  return "Unknown";
}

}  // namespace penstock::explore
