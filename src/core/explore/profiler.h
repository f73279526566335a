// Profiler: a data set's profile in one pass over its batches, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "core/explore/column.h"
#include "core/explore/profile.h"
#include "core/explore/spill.h"

namespace penstock::explore {

struct ProfileOptions {
  std::string target;              // looked at for leaks; may be empty
  size_t spearman_rows = 200'000;  // ranks need whole columns: beyond so many rows, of a uniform sample
  bool relations = true;           // correlations and associations
  bool sketches = false;           // what statistics.json has of a number's distribution: 16 KB a column
  bool orders = false;             // which columns are never above others; with sketches
};

class Profiler {
 public:
  Profiler(Spill& spill, ProfileOptions options);
  ~Profiler();

  // One batch: the same columns every time, whose types may widen as kit/reader.h says.
  Outcome<void> add(std::span<const Column> columns);
  // The profile of all batches. No batch may be added after.
  Outcome<Profile> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What alerts need beside the profile.
struct ColumnGroups {
  std::vector<std::vector<std::string>> same_values;       // columns of equal content
  std::vector<std::vector<std::string>> missing_together;  // of equal missing rows
  std::vector<std::pair<std::string, double>> explained;   // (column, eta squared) with the target
};

// The alerts of a profile, most telling first.
std::vector<Alert> find_alerts(const Profile& profile, const ColumnGroups& groups);

}  // namespace penstock::explore
