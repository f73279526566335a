#include "aws/states/activity.h"

#include <memory>
#include <utility>

#include "aws/states/arn.h"
#include "aws/states/definition.h"
#include "aws/states/page.h"
#include "aws/states/tag.h"
#include "base/clock.h"
#include "core/execution/engine.h"
#include "store/records.h"

namespace penstock::aws::states {

namespace {

constexpr std::string_view record_kind = "states.activity";

Time created_at(const Json& record) {
  return Time{record["created"].as_integer().value_or(0)};
}

Error no_such_activity(std::string_view arn) {
  return {"ActivityDoesNotExist", "Activity Does Not Exist: '" + std::string(arn) + "'"};
}

}  // namespace

Outcome<CreateActivityOutput> create_activity(Context& context, const CreateActivityInput& input) {
  if (Outcome<void> valid = check_name(input.name); !valid) return valid.error();
  CreateActivityOutput output;
  output.activity_arn = context.arn("states", "activity:" + input.name);
  output.creation_date = context.platform.clock.now();
  Json tags = merge_tags(Json::object(), input.tags);
  if (Outcome<void> few_enough = check_tags(tags, output.activity_arn); !few_enough) return few_enough.error();
  Outcome<Json> encryption = encryption_document(input.encryption_configuration);
  if (!encryption) return encryption.error();
  Json record = Json::object({{"name", input.name},
                              {"created", output.creation_date.microseconds},
                              {"tags", std::move(tags)},
                              {"encryption", std::move(*encryption)}});
  if (context.platform.records.insert(record_kind, output.activity_arn, std::move(record))) return output;
  // It is there already, which AWS answers like a creation.
  if (std::optional<Json> earlier = context.platform.records.get(record_kind, output.activity_arn)) {
    output.creation_date = created_at(*earlier);
  }
  return output;
}

Outcome<DescribeActivityOutput> describe_activity(Context& context, const DescribeActivityInput& input) {
  Outcome<Arn> arn = parse_arn(input.activity_arn, {"activity"});
  if (!arn) return arn.error();
  std::optional<Json> record = context.platform.records.get(record_kind, arn->text);
  if (!record) return no_such_activity(arn->text);
  DescribeActivityOutput output;
  output.activity_arn = arn->text;
  output.name = arn->name;
  output.creation_date = created_at(*record);
  output.encryption_configuration = encryption_of((*record)["encryption"]);
  return output;
}

Outcome<DeleteActivityOutput> delete_activity(Context& context, const DeleteActivityInput& input) {
  Outcome<Arn> arn = parse_arn(input.activity_arn, {"activity"});
  if (!arn) return arn.error();
  context.platform.records.erase(record_kind, arn->text);
  return DeleteActivityOutput{};
}

Outcome<ListActivitiesOutput> list_activities(Context& context, const ListActivitiesInput& input) {
  const Pages pages(context, "ListActivities", input);
  Outcome<std::string> after = pages.start(input.next_token);
  if (!after) return after.error();
  size_t count = page_size(input.max_results);
  auto records = context.platform.records.list(record_kind, context.arn("states", "activity:"), *after, count + 1);
  ListActivitiesOutput output;
  if (records.size() > count) {
    records.resize(count);
    output.next_token = pages.token(records.back().key);
  }
  for (const auto& record : records) {
    output.activities.push_back({record.key, std::string(record.value.text("name")), created_at(record.value)});
  }
  return output;
}

void get_activity_task(Context& context, const GetActivityTaskInput& input, Reply<GetActivityTaskOutput> reply) {
  Outcome<Arn> arn = parse_arn(input.activity_arn, {"activity"});
  if (!arn) return reply(arn.error());
  if (!context.platform.records.get(record_kind, arn->text)) return reply(no_such_activity(arn->text));
  auto shared = std::make_shared<Reply<GetActivityTaskOutput>>(std::move(reply));
  context.platform.executions.poll_activity(arn->text, input.worker_name.value_or(""),
                                            [shared](execution::ActivityTask task) {
                                              GetActivityTaskOutput output;
                                              if (!task.token.empty()) {
                                                output.task_token = std::move(task.token);
                                                output.input = std::move(task.input);
                                              }
                                              (*shared)(std::move(output));
                                            });
}

Outcome<SendTaskSuccessOutput> send_task_success(Context& context, const SendTaskSuccessInput& input) {
  Outcome<void> sent = context.platform.executions.send_task_success(input.task_token, input.output);
  if (!sent) return sent.error();
  return SendTaskSuccessOutput{};
}

Outcome<SendTaskFailureOutput> send_task_failure(Context& context, const SendTaskFailureInput& input) {
  Outcome<void> sent = context.platform.executions.send_task_failure(input.task_token, input.error, input.cause);
  if (!sent) return sent.error();
  return SendTaskFailureOutput{};
}

Outcome<SendTaskHeartbeatOutput> send_task_heartbeat(Context& context, const SendTaskHeartbeatInput& input) {
  Outcome<void> sent = context.platform.executions.send_task_heartbeat(input.task_token);
  if (!sent) return sent.error();
  return SendTaskHeartbeatOutput{};
}

std::optional<Json> activity_tags(Context& context, const std::string& arn) {
  std::optional<Json> record = context.platform.records.get(record_kind, arn);
  if (!record) return std::nullopt;
  return (*record)["tags"];
}

bool edit_activity_tags(Context& context, const std::string& arn, const std::function<void(Json&)>& edit) {
  return context.platform.records.update(record_kind, arn, [&](Json& record) {
    edit(record.mutable_at("tags"));
    return true;
  });
}

}  // namespace penstock::aws::states
