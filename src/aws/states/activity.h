// Operations on activities and task tokens.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "aws/context.h"
#include "aws/protocol/operation.h"
#include "base/json.h"
#include "base/outcome.h"
#include "models/states/activity.h"

namespace penstock::aws::states {

Outcome<CreateActivityOutput> create_activity(Context& context, const CreateActivityInput& input);
Outcome<DescribeActivityOutput> describe_activity(Context& context, const DescribeActivityInput& input);
Outcome<DeleteActivityOutput> delete_activity(Context& context, const DeleteActivityInput& input);
Outcome<ListActivitiesOutput> list_activities(Context& context, const ListActivitiesInput& input);
void get_activity_task(Context& context, const GetActivityTaskInput& input, Reply<GetActivityTaskOutput> reply);

Outcome<SendTaskSuccessOutput> send_task_success(Context& context, const SendTaskSuccessInput& input);
Outcome<SendTaskFailureOutput> send_task_failure(Context& context, const SendTaskFailureInput& input);
Outcome<SendTaskHeartbeatOutput> send_task_heartbeat(Context& context, const SendTaskHeartbeatInput& input);

// An object of texts; nothing when there is no such activity.
std::optional<Json> activity_tags(Context& context, const std::string& arn);
bool edit_activity_tags(Context& context, const std::string& arn, const std::function<void(Json&)>& edit);

}  // namespace penstock::aws::states
