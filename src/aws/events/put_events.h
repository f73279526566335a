// PutEvents and TestEventPattern.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/events/event.h"

namespace penstock::aws::events {

Outcome<PutEventsOutput> put_events(Context& context, const PutEventsInput& input);
Outcome<TestEventPatternOutput> test_event_pattern(Context& context, const TestEventPatternInput& input);

}  // namespace penstock::aws::events
