// The HTML report of `profile`: aggregates only, under 1 MB whatever the data set is.
#pragma once

#include <string>
#include <string_view>

#include "core/explore/profile.h"

namespace penstock::kit {

// `name` is what the data set is called in the title.
std::string profile_report(const explore::Profile& profile, std::string_view name);

}  // namespace penstock::kit
