// What `drift` found, and its forms: the JSON of --json, and Model Monitor's constraint_violations.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "core/monitor/preset.h"
#include "kit/command.h"
#include "kit/drift_quality.h"

namespace penstock::kit {

struct DriftWindow {
  std::string name;
  uint64_t rows = 0;
  std::vector<monitor::ColumnDrift> columns;
};

struct DriftResult {
  std::string baseline;  // as it was named
  std::string data;
  uint64_t baseline_rows = 0;
  uint64_t data_rows = 0;
  monitor::Preset preset = monitor::Preset::evidently;
  monitor::Correction correction = monitor::Correction::none;
  std::vector<monitor::ColumnDrift> columns;
  std::vector<std::string> missing_columns;  // the baseline has them, the data does not
  std::vector<std::string> empty_columns;    // the baseline has values of them, the data has none
  std::vector<std::string> extra_columns;
  std::vector<std::pair<std::string, std::string>> skipped;  // columns and why
  std::string time;
  std::vector<DriftWindow> windows;
  std::optional<Quality> quality;
  std::string made;  // when, "2026-11-24T13:00:00Z"

  size_t drifted() const;
  double share() const;          // of the columns compared; 0 with none
  bool dataset_drifted() const;  // Evidently's rule: half of the columns or more
};

std::string_view name_of(monitor::Correction correction);
size_t drifted_in(const std::vector<monitor::ColumnDrift>& columns);

// docs/drift.md describes the members.
Json to_json(const DriftResult& result);

// The violation that a drifted column is, in Model Monitor's schema.
Json violation_json(const monitor::ColumnDrift& column);

// Inside a job (a processing job's configuration is there), what was found for the platform's records:
// /opt/ml/output/drift.json, which `penstock sql` shows as the view drift. Elsewhere nothing.
Outcome<void> leave_drift_record(Session& session, const DriftResult& result);

// One violation for each drifted column ("Baseline drift distance: 0.4 exceeds threshold: 0.1"), and those of missing
// and extra columns.
Json violations_json(const DriftResult& result);

}  // namespace penstock::kit
