#include "aws/scheduler/service.h"

#include "aws/scheduler/schedule.h"
#include "aws/scheduler/schedule_group.h"

namespace penstock::aws::scheduler {

const ServiceTable& service() {
  static const ServiceTable table =
      list(op<CreateSchedule>(create_schedule), op<GetSchedule>(get_schedule), op<UpdateSchedule>(update_schedule),
           op<DeleteSchedule>(delete_schedule), op<ListSchedules>(list_schedules),
           op<CreateScheduleGroup>(create_schedule_group), op<GetScheduleGroup>(get_schedule_group),
           op<DeleteScheduleGroup>(delete_schedule_group), op<ListScheduleGroups>(list_schedule_groups),
           op<TagResource>(tag_resource), op<UntagResource>(untag_resource),
           op<ListTagsForResource>(list_tags_for_resource));
  return table;
}

}  // namespace penstock::aws::scheduler
