#include "aws/integration/integrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "aws/integration/answer.h"
#include "aws/integration/managed_rule.h"
#include "aws/integration/map_items.h"
#include "aws/integration/map_results.h"
#include "aws/protocol/guard.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/random.h"
#include "core/execution/activities.h"
#include "core/execution/engine.h"

namespace penstock::aws::integration {

namespace {

constexpr std::string_view service_principal = "states.amazonaws.com";

// Own integrations write times as the first Java SDK did; the SDK integrations as ISO 8601 texts.
constexpr JsonStyle own_style() {
  JsonStyle style = JsonStyle::states();
  style.times = JsonStyle::Times::unix_milliseconds;
  return style;
}

// arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME -> arn:aws:states:REGION:ACCOUNT:stateMachine:MACHINE; the same
// for the child executions of its map runs, which are of MACHINE/LABEL.
std::string machine_of(const std::string& execution_arn) {
  std::vector<std::string_view> parts = split(execution_arn, ':');
  return fmt::format("arn:aws:states:{}:{}:stateMachine:{}", parts[3], parts[4], split(parts[6], '/').front());
}

pipeline::Fact started(const execution::TaskCall& call) {
  return pipeline::TaskStarted{call.key.task, {}};
}

pipeline::Fact failed(const execution::TaskCall& call, TaskError error) {
  return pipeline::TaskFailed{call.key.task, std::move(error.name), std::move(error.cause)};
}

// Parameters that the model does not know are the definition's fault, not the service's answer.
bool is_runtime_error(const Error& error) {
  return error.code == "States.Runtime";
}

// `member` takes any JSON; the operation behind the integration takes text.
void make_text(Json& parameters, std::string_view member) {
  const Json* value = parameters.find(member);
  if (value && !value->is_string() && !value->is_null()) parameters.set(std::string(member), to_string(*value));
}

// An event that a machine puts names its execution and the machine among its resources. Source: "Add EventBridge events
// with Step Functions" in the developer guide.
Json event_entry(Json entry, const execution::TaskCall& call) {
  if (!entry.is_object()) return entry;
  make_text(entry, "Detail");
  Json resources = entry["Resources"].is_null() ? Json::array() : entry["Resources"];
  if (!resources.is_array()) return entry;
  resources.push_back(Json(std::string_view(call.execution_arn)));
  resources.push_back(Json(std::string_view(call.machine_arn)));
  entry.set("Resources", std::move(resources));
  return entry;
}

// The parameters of the operation behind an integration of Step Functions' own.
Json call_parameters(const execution::TaskCall& call, const Resource& resource) {
  Json parameters = call.parameters;
  if (resource.service == "states") make_text(parameters, "Input");
  const Json* entries = resource.service == "events" ? parameters.find("Entries") : nullptr;
  if (!entries || !entries->is_array()) return parameters;
  Json filled = Json::array();
  for (const Json& entry : entries->items()) filled.push_back(event_entry(entry, call));
  parameters.set("Entries", std::move(filled));
  return parameters;
}

// PutEvents that refused an entry fails the task. Source: the same page.
std::optional<TaskError> failed_entries(const Resource& resource, const Json& answer) {
  if (resource.service != "events" || answer["FailedEntryCount"] == Json(int64_t{0})) return std::nullopt;
  return TaskError{"EventBridge.FailedEntry", to_string(answer)};
}

bool writes_body(const Resource& resource) {
  return resource.service == "s3" && (resource.action == "putObject" || resource.action == "uploadPart");
}

// A Body goes to S3 as JSON text, also when it is a string, with what the SDK for Java adds to it (recorded).
Json sdk_parameters(const Resource& resource, Json parameters) {
  const Json* body = writes_body(resource) ? parameters.find("Body") : nullptr;
  if (!body) return parameters;
  std::string text = to_string(*body);
  bool put = resource.action == "putObject", sums = false;
  if (put && !parameters.find("ContentType")) parameters.set("ContentType", "text/plain; charset=UTF-8");
  for (const JsonMember& member : parameters.members()) {
    sums = sums || member.key.starts_with("Checksum") || member.key == "ContentMD5";
  }
  if (!sums) parameters.set("ChecksumCRC32", to_base64(digest(DigestKind::crc32, text)));
  parameters.set("Body", std::move(text));
  return parameters;
}

// An object without metadata has an empty map of it (recorded).
Json sdk_answer(const Resource& resource, Json answer) {
  bool described = resource.service == "s3" && (resource.action == "getObject" || resource.action == "headObject");
  if (described && !answer.find("Metadata")) answer.set("Metadata", Json::object());
  return answer;
}

// AWS's sentence; of what AWS would take, what is served here follows it.
std::string not_recognized(std::string_view resource) {
  return fmt::format(
      "The resource provided {} is not recognized. The value is not a valid resource ARN, or the resource is "
      "not available in this region. ",
      resource);
}

// .sync:2 shows the payloads of a child execution as JSON, .sync as text.
Json with_parsed_payloads(Json description) {
  for (const char* member : {"Input", "Output"}) {
    const Json* text = description.find(member);
    if (!text || !text->is_string()) continue;
    if (Outcome<Json> value = parse_json(text->as_string()); value.ok()) description.set(member, std::move(*value));
  }
  return description;
}

}  // namespace

Integrations::Integrations(Platform& platform, const Front& front) : platform_(platform), front_(front) {
  subscription_ = platform_.bus.subscribe([this](const event::Event& event) { hear(event); }, "aws.sagemaker");
}

Integrations::~Integrations() {
  platform_.bus.unsubscribe(subscription_);
}

std::optional<std::string> Integrations::refuse(std::string_view text, pipeline::MachineType type) const {
  if (execution::is_activity(text)) return std::nullopt;
  std::optional<Resource> resource = parse_resource(text);
  bool waits = resource && resource->pattern != Resource::Pattern::answer;
  if (type == pipeline::MachineType::express && waits) return std::nullopt;  // the compiler refuses it in AWS's words
  if (resource && resource->sdk && !resource->waits_for_job()) {
    Outcome<const Operation*> operation = front_.find(resource->service, resource->action);
    if (operation.ok()) return std::nullopt;
    return fmt::format("{}{}", not_recognized(text), operation.error().message);
  }
  if (resource && !resource->sdk && find_integration(*resource)) return std::nullopt;
  if (resource && !resource->sdk && !is_known_to_aws(*resource)) return std::string(trim(not_recognized(text)));
  std::string served;
  for (const Integration& integration : integrations()) {
    std::string_view job = !integration.job ? "" : integration.parsed ? ".sync|.sync:2" : ".sync";
    std::string_view token = !integration.token ? "" : integration.job ? "|.waitForTaskToken" : ".waitForTaskToken";
    served += fmt::format("arn:aws:states:::{}:{}[{}{}], ", integration.service, integration.action, job, token);
  }
  return fmt::format(
      "{}Served are {}arn:aws:states:::aws-sdk:SERVICE:ACTION for every operation in docs/coverage.md, and "
      "activities",
      not_recognized(text), served);
}

// The task acts as the execution's role, in the execution's region and account.
Context Integrations::context_for(const execution::TaskCall& call) const {
  std::vector<std::string_view> execution = split(call.execution_arn, ':');  // arn:aws:states:REGION:ACCOUNT:...
  Context context{platform_, {}, {}, {}, {}, {}};
  context.region = execution[3];
  context.account = execution[4];
  context.request_id = platform_.random.uuid();
  context.idempotency_token = call.idempotency_token;
  std::string_view role = call.credentials.text("RoleArn", call.role_arn);
  // A role of another account works there.
  std::vector<std::string_view> role_parts = split(role, ':');  // arn:aws:iam::ACCOUNT:role/...
  if (role_parts.size() > 4 && !role_parts[4].empty()) context.account = role_parts[4];
  role = role.substr(role.rfind('/') + 1);
  std::string session = call.execution_arn.substr(call.execution_arn.rfind(':') + 1);
  context.caller.account = context.account;
  context.caller.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", context.account, role, session);
  context.caller.user_id = fmt::format("{}:{}", role, session);
  context.caller.access_key = call.execution_arn;
  return context;
}

void Integrations::start(const execution::TaskCall& call, execution::TaskReports& reports) {
  std::optional<Resource> resource = parse_resource(call.resource);
  if (!resource || (!resource->sdk && !find_integration(*resource))) {
    // Accepted once by a version that served it, or recompiled after an upgrade.
    std::optional<std::string> reason = refuse(call.resource, pipeline::MachineType::standard);
    reports.report(call.key.execution,
                   {started(call), failed(call, {"States.Runtime", reason.value_or(call.resource)})});
    return;
  }
  if (platform_.guard != nullptr) {
    std::string_view role = call.credentials.text("RoleArn", call.role_arn);
    Outcome<void> trusted =
        platform_.guard->check_service_role(role, service_principal, machine_of(call.execution_arn));
    if (!trusted) {
      reports.report(call.key.execution,
                     {started(call), failed(call, {"States.Permissions", trusted.error().message})});
      return;
    }
  }
  if (resource->sdk) {
    start_sdk(call, *resource, reports);
  } else {
    start_own(call, *resource, reports);
  }
}

void Integrations::start_sdk(const execution::TaskCall& call, const Resource& resource,
                             execution::TaskReports& reports) {
  Context context = context_for(call);
  const ServiceTable* service = front_.find_service(resource.service);
  bool waits = resource.pattern == Resource::Pattern::token;
  auto done = [&reports, call, service, waits, resource, request_id = context.request_id](Outcome<Json> answer) {
    if (answer.ok()) *answer = sdk_answer(resource, std::move(*answer));
    if (answer.ok() && waits) {
      reports.report(call.key.execution, {started(call), pipeline::TaskSubmitted{call.key.task, std::move(*answer)}});
    } else if (answer.ok()) {
      reports.report(call.key.execution, {started(call), pipeline::TaskSucceeded{call.key.task, std::move(*answer)}});
    } else {
      const Error& error = answer.error();
      TaskError shown = is_runtime_error(error) || !service ? TaskError{"States.Runtime", error.message}
                                                            : sdk_error(*service->model, error, request_id);
      reports.report(call.key.execution, {started(call), failed(call, std::move(shown))});
    }
  };
  front_.invoke(context, resource.service, resource.action, sdk_parameters(resource, call.parameters),
                JsonStyle::states(), std::move(done));
}

// The machine could not be created by a role without it.
void Integrations::note_managed_rule(const Context& context, const JobKind& kind) const {
  if (platform_.guard == nullptr) return;
  const std::string rule = managed_rule_arn(context, kind.managed_rule);
  for (std::string_view action : managed_rule_actions) platform_.guard->note_use(context, {std::string(action), rule});
}

void Integrations::start_own(const execution::TaskCall& call, const Resource& resource,
                             execution::TaskReports& reports) {
  const Integration* integration = find_integration(resource);
  const ServiceModel& service = *front_.find_service(resource.service)->model;
  Context context = context_for(call);
  JobPointer job;
  if (resource.waits_for_job()) {
    job = std::make_shared<Job>();
    job->call = call;
    job->reports = &reports;
    job->kind = integration->job;
    job->service = resource.service;
    job->parsed = resource.pattern == Resource::Pattern::job_parsed;
    note_managed_rule(context, *job->kind);
    std::lock_guard lock(mutex_);
    jobs_.emplace(call.key, job);
  }
  bool waits = resource.pattern == Resource::Pattern::token;
  auto done = [this, &reports, call, job, waits, integration, resource, &service,
               request_id = context.request_id](Outcome<Json> answer) {
    if (!answer.ok()) {
      if (job) forget(*job);
      const Error& error = answer.error();
      TaskError shown = is_runtime_error(error) ? TaskError{error.code, error.message}
                                                : own_error(*integration, service, error, request_id);
      reports.report(call.key.execution, {started(call), failed(call, std::move(shown))});
      return;
    }
    std::optional<TaskError> refused = failed_entries(resource, *answer);
    Json output = with_metadata(std::move(*answer), service, request_id, platform_.clock.now());
    if (refused) {
      reports.report(call.key.execution, {started(call), failed(call, std::move(*refused))});
      return;
    }
    if (!job && !waits) {
      reports.report(call.key.execution, {started(call), pipeline::TaskSucceeded{call.key.task, std::move(output)}});
      return;
    }
    reports.report(call.key.execution, {started(call), pipeline::TaskSubmitted{call.key.task, output}});
    if (job) watch(job, output);
  };
  front_.invoke(context, resource.service, resource.action, call_parameters(call, resource), own_style(),
                std::move(done));
}

// ---- map runs

// `error`: the code of the denial when the role may not be taken.
Outcome<Context> Integrations::context_for(const execution::MapRunCall& call, std::string_view error) const {
  execution::TaskCall task;
  task.execution_arn = call.execution_arn;
  task.role_arn = call.role_arn;
  task.idempotency_token = call.map_run_arn;
  if (platform_.guard != nullptr) {
    Outcome<void> trusted =
        platform_.guard->check_service_role(call.role_arn, service_principal, machine_of(call.execution_arn));
    if (!trusted) return Error{std::string(error), trusted.error().message};
  }
  return context_for(task);
}

Outcome<std::unique_ptr<execution::ItemSource>> Integrations::open_items(const execution::MapRunCall& call,
                                                                         const Json& reader) {
  Outcome<Context> context = context_for(call, "States.ItemReaderFailed");
  if (!context) return context.error();
  return open_map_items(front_, *context, reader);
}

Outcome<std::unique_ptr<execution::ResultSink>> Integrations::open_results(const execution::MapRunCall& call,
                                                                           const Json& writer) {
  Outcome<Context> context = context_for(call, "States.ResultWriterFailed");
  if (!context) return context.error();
  return open_map_results(front_, *context, writer);
}

// ---- jobs

void Integrations::resume(const execution::TaskCall& call, const Json& submitted, execution::TaskReports& reports) {
  std::optional<Resource> resource = parse_resource(call.resource);
  const Integration* integration = resource && !resource->sdk ? find_integration(*resource) : nullptr;
  if (!integration || !integration->job) return;  // who has the token reports the end
  auto job = std::make_shared<Job>();
  job->call = call;
  job->reports = &reports;
  job->kind = integration->job;
  job->service = resource->service;
  job->parsed = resource->pattern == Resource::Pattern::job_parsed;
  {
    std::lock_guard lock(mutex_);
    jobs_.emplace(call.key, job);
  }
  watch(job, submitted);
}

// Listens for the job's end first and looks at it then, so that no end is missed.
void Integrations::watch(const JobPointer& job, const Json& submitted) {
  const Json* name = submitted.find(job->kind->name);
  bool cancelled = false;
  {
    std::lock_guard lock(mutex_);
    job->name = name ? *name : job->call.parameters[job->kind->name];
    job->arn = submitted.text(job->kind->arn);
    cancelled = job->cancelled;
    if (!cancelled) jobs_by_arn_.emplace(job->arn, job);
  }
  if (cancelled) return stop(*job);
  if (job->service != "states") return look(job);
  await_execution(job);
}

// The engine tells the end of an execution itself, once it is durable.
void Integrations::await_execution(const JobPointer& job) {
  Outcome<void> told = platform_.executions.when_ended(job->arn, [this, job] { look_again(job); });
  if (!told) look(job);
}

void Integrations::look_again(const JobPointer& job) {
  {
    std::lock_guard lock(mutex_);
    if (job->cancelled || !jobs_.contains(job->call.key)) return;
  }
  look(job);
}

void Integrations::look(const JobPointer& job) {
  Context context = context_for(job->call);
  // On AWS the end of a job comes as an event to a rule of Step Functions: the role needs no permission to describe it.
  context.caller.arn = service_principal;
  Json parameters = Json::object({{std::string(job->kind->name), job->name}});
  front_.invoke(context, job->service, job->kind->describe, parameters, own_style(), [this, job](Outcome<Json> answer) {
    if (!answer.ok()) {
      forget(*job);
      job->reports->report(job->call.key.execution, {failed(job->call, {"States.TaskFailed", answer.error().message})});
      return;
    }
    std::string_view status = answer->text(job->kind->status);
    std::vector<std::string_view> running = split(job->kind->running, ' ');
    if (std::ranges::find(running, status) == running.end()) return end(job, *answer);
    // Told too early, by a disk that was full: the end is not written yet.
    if (job->service == "states") await_execution(job);
  });
}

void Integrations::end(const JobPointer& job, const Json& description) {
  forget(*job);
  bool succeeded = description.text(job->kind->status) == job->kind->succeeded;
  Json shown = job->parsed && succeeded ? with_parsed_payloads(description) : description;
  pipeline::Fact fact = pipeline::TaskSucceeded{job->call.key.task, shown};
  if (!succeeded) fact = failed(job->call, {"States.TaskFailed", to_string(shown)});
  job->reports->report(job->call.key.execution, {std::move(fact)});
}

void Integrations::stop(const Job& job) {
  Context context = context_for(job.call);
  Json parameters = Json::object({{std::string(job.kind->name), job.name}});
  // Best effort, as on AWS: the job may have ended.
  front_.invoke(context, job.service, job.kind->stop, parameters, own_style(), [](const Outcome<Json>&) {});
}

void Integrations::forget(const Job& job) {
  std::lock_guard lock(mutex_);
  jobs_.erase(job.call.key);
  auto [first, last] = jobs_by_arn_.equal_range(job.arn);
  for (auto place = first; place != last; ++place) {
    if (place->second.get() != &job) continue;
    jobs_by_arn_.erase(place);
    return;
  }
}

void Integrations::cancel(const execution::TaskKey& key) {
  JobPointer job;
  {
    std::lock_guard lock(mutex_);
    auto found = jobs_.find(key);
    if (found == jobs_.end()) return;
    job = found->second;
    job->cancelled = true;
    if (job->arn.empty()) {  // not answered yet: `watch` stops the job when it is
      jobs_.erase(found);
      return;
    }
  }
  forget(*job);
  stop(*job);
}

// In the publisher's thread: only passes the word on.
void Integrations::hear(const event::Event& event) {
  std::vector<JobPointer> concerned;
  {
    std::lock_guard lock(mutex_);
    auto [first, last] = jobs_by_arn_.equal_range(event.resource);
    for (auto place = first; place != last; ++place) concerned.push_back(place->second);
  }
  for (const JobPointer& job : concerned) {
    job->reports->post([this, job] { look_again(job); });
  }
}

}  // namespace penstock::aws::integration
