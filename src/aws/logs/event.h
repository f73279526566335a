// Log events: put, read one stream in pages, search several.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/logs/event.h"

namespace penstock::aws::logs {

Outcome<PutLogEventsOutput> put_log_events(Context& context, const PutLogEventsInput& input);
Outcome<GetLogEventsOutput> get_log_events(Context& context, const GetLogEventsInput& input);
Outcome<FilterLogEventsOutput> filter_log_events(Context& context, const FilterLogEventsInput& input);

}  // namespace penstock::aws::logs
