// Event buses.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/events/event_bus.h"

namespace penstock::aws::events {

Outcome<CreateEventBusOutput> create_event_bus(Context& context, const CreateEventBusInput& input);
Outcome<DescribeEventBusOutput> describe_event_bus(Context& context, const DescribeEventBusInput& input);
Outcome<ListEventBusesOutput> list_event_buses(Context& context, const ListEventBusesInput& input);
Outcome<DeleteEventBusOutput> delete_event_bus(Context& context, const DeleteEventBusInput& input);

}  // namespace penstock::aws::events
