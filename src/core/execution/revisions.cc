#include "core/execution/revisions.h"

#include <utility>

#include "base/assert.h"
#include "base/encoding.h"
#include "core/pipeline/definition_digest.h"

namespace penstock::execution {

namespace {

constexpr std::string_view record_kind = "states.revision";

Json to_record(const Revision& revision) {
  return Json::object({{"machineArn", revision.machine_arn},
                       {"name", revision.machine_name},
                       {"roleArn", revision.role_arn},
                       {"definition", revision.definition},
                       {"definitionDigest", pipeline::definition_digest(revision.definition)},
                       {"express", revision.express()},
                       {"revisionId", revision.revision_id},
                       {"updated", revision.updated.microseconds},
                       {"logging", revision.logging},
                       {"tracing", revision.tracing},
                       {"encryption", revision.encryption}});
}

Revision from_record(std::string_view key, const Json& record) {
  Revision revision;
  revision.key = key;
  revision.machine_arn = record.text("machineArn");
  revision.machine_name = record.text("name");
  revision.role_arn = record.text("roleArn");
  revision.definition = record.text("definition");
  revision.type = record["express"] == Json(true) ? pipeline::MachineType::express : pipeline::MachineType::standard;
  revision.revision_id = record.text("revisionId");
  revision.updated = Time{record["updated"].as_integer().value_or(0)};
  revision.logging = record["logging"];
  revision.tracing = record["tracing"];
  revision.encryption = record["encryption"];
  revision.log = parse_logging(revision.logging);
  return revision;
}

// "arn:aws:logs:us-east-1:123456789012:log-group:NAME:*" -> us-east-1 and NAME
store::LogGroupName log_group_of(std::string_view arn) {
  constexpr std::string_view marker = ":log-group:";
  size_t start = arn.find(marker);
  const std::vector<std::string_view> parts = split(arn, ':');
  if (start == std::string_view::npos || parts.size() < 7) return {};
  std::string_view name = arn.substr(start + marker.size());
  return {std::string(parts[3]), std::string(name.substr(0, name.find(':')))};
}

}  // namespace

Logging parse_logging(const Json& configuration) {
  Logging logging;
  std::string_view level = configuration.text("level", "OFF");
  if (level == "ALL") logging.level = Logging::Level::all;
  if (level == "ERROR") logging.level = Logging::Level::error;
  if (level == "FATAL") logging.level = Logging::Level::fatal;
  if (logging.level == Logging::Level::off) return logging;
  logging.include_data = configuration["includeExecutionData"] == Json(true);
  const Json& destination = configuration["destinations"][size_t{0}]["cloudWatchLogsLogGroup"];
  logging.group = log_group_of(destination.text("logGroupArn"));
  return logging;
}

std::shared_ptr<const Revision> Revisions::add(Revision revision) {
  PENSTOCK_ASSERT(revision.program != nullptr);
  std::string key = revision.key;
  std::lock_guard lock(mutex_);
  records_.insert(record_kind, key, to_record(revision));
  return loaded_.emplace(std::move(key), std::make_shared<const Revision>(std::move(revision))).first->second;
}

std::shared_ptr<const Revision> Revisions::find(std::string_view key) {
  std::lock_guard lock(mutex_);
  if (auto found = loaded_.find(key); found != loaded_.end()) return found->second;
  std::optional<Json> record = records_.get(record_kind, key);
  if (!record) return nullptr;
  Revision revision = from_record(key, *record);
  // It was accepted when it was made; what can run may have changed since, and then the task says so.
  revision.program = pipeline::compile(revision.definition, {revision.type, nullptr}).program;
  if (!revision.program) return nullptr;
  return loaded_.emplace(std::string(key), std::make_shared<const Revision>(std::move(revision))).first->second;
}

}  // namespace penstock::execution
