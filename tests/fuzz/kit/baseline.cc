#include "core/monitor/baseline.h"

#include "base/assert.h"
#include "sample.h"
#include "targets.h"

namespace penstock::fuzz {

using namespace monitor;

// A saved baseline: what is read is written and read again as the same, merges, and is compared with.
void baseline(std::string_view bytes) {
  const auto read = baseline_from_bytes(bytes);
  if (!read) {
    PENSTOCK_ASSERT(read.error().code == "BadBaseline");
    return;
  }
  const std::string written = to_bytes(*read);
  const auto again = baseline_from_bytes(written);
  PENSTOCK_ASSERT(again.ok() && to_bytes(*again) == written);
  Baseline both = *read;
  (void)merge_into(both, *read);
  const std::vector<explore::Column> sample = sample_columns();
  const Distribution numbers = distribution_of(sample[0].numbers, false);
  const Distribution texts = distribution_of({{"x", 2}, {"y", 1}}, 1);
  for (const BaselineColumn& column : read->columns) {
    (void)compare(column.distribution, numbers);
    (void)compare(texts, column.distribution);
    if (std::visit([](const auto& one) { return one.size() > 0; }, column.distribution))
      (void)nannyml_jensen_shannon(column.distribution, column.distribution);
  }
}

}  // namespace penstock::fuzz
