// Schedules.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/scheduler/schedule.h"

namespace penstock::aws::scheduler {

Outcome<CreateScheduleOutput> create_schedule(Context& context, const CreateScheduleInput& input);
Outcome<GetScheduleOutput> get_schedule(Context& context, const GetScheduleInput& input);
Outcome<UpdateScheduleOutput> update_schedule(Context& context, const UpdateScheduleInput& input);
Outcome<DeleteScheduleOutput> delete_schedule(Context& context, const DeleteScheduleInput& input);
Outcome<ListSchedulesOutput> list_schedules(Context& context, const ListSchedulesInput& input);

}  // namespace penstock::aws::scheduler
