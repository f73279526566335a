#include "core/explore/constraints.h"

#include "base/assert.h"
#include "core/explore/constraint_check.h"
#include "sample.h"
#include "targets.h"

namespace penstock::fuzz {

// A constraints file: read, written and read again as the same, and held against some data.
void constraints(std::string_view bytes) {
  const auto json = parse_json(bytes);
  if (!json) return;
  const auto parsed = explore::parse_constraints(*json);
  if (!parsed) {
    PENSTOCK_ASSERT(parsed.error().code == "BadConstraints");
    return;
  }
  const std::string written = to_string(explore::constraints_json(*parsed));
  const auto again = explore::parse_constraints(*parse_json(written));
  PENSTOCK_ASSERT(again.ok() && to_string(explore::constraints_json(*again)) == written);
  SystemDisk disk;
  explore::Spill spill(disk, "/nonexistent", size_t{1} << 30);
  auto check = explore::ConstraintCheck::make(*parsed, spill);
  if (!check) return;
  const auto columns = sample_columns();
  if (!check->add(columns)) return;
  if (const auto violations = check->finish()) (void)explore::violations_json(*violations);
}

}  // namespace penstock::fuzz
