// A profile as JSON (docs/profile.schema.json) and as SageMaker Model Monitor's statistics.json.
#pragma once

#include "base/json.h"
#include "core/explore/profile.h"

namespace penstock::explore {

// NaN and the infinities, which JSON lacks, become null.
Json json_number(double value);

// The whole result of `profile --json`.
Json profile_json(const Profile& profile);

// statistics.json in Model Monitor's schema (version 0). Exact figures that it has no member for stand beside, under
// "penstock" of each feature.
Json statistics_json(const Profile& profile);

}  // namespace penstock::explore
