// The HTML report of `drift`: one file that needs nothing else, light or dark as the reader's system is, of aggregates
// only (bins and scores, never rows).
#pragma once

#include <string>

#include "kit/drift_result.h"

namespace penstock::kit {

std::string drift_report(const DriftResult& result);

}  // namespace penstock::kit
