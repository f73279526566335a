// Schedule groups and their tags.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/scheduler/schedule_group.h"
#include "models/scheduler/tag.h"

namespace penstock::aws::scheduler {

Outcome<CreateScheduleGroupOutput> create_schedule_group(Context& context, const CreateScheduleGroupInput& input);
Outcome<GetScheduleGroupOutput> get_schedule_group(Context& context, const GetScheduleGroupInput& input);
// With all its schedules, at once.
Outcome<DeleteScheduleGroupOutput> delete_schedule_group(Context& context, const DeleteScheduleGroupInput& input);
Outcome<ListScheduleGroupsOutput> list_schedule_groups(Context& context, const ListScheduleGroupsInput& input);
Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input);
Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input);
Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input);

}  // namespace penstock::aws::scheduler
