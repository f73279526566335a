#include "aws/authorization/use_log.h"

#include <fmt/format.h>

namespace penstock::aws::authorization {

namespace {

constexpr std::string_view use_kind = "iam.use";
constexpr std::string_view session_kind = "iam.job_session";
constexpr size_t records_max = 1'000;  // the oldest go
constexpr size_t uses_max = 100;       // in one record: each use writes it anew
constexpr size_t sessions_max = 10'000;
constexpr size_t sources_max = 1'000;  // in memory; one that comes back after that begins another record

}  // namespace

UseLog::UseLog(store::Records& records, const Clock& wall) : records_(records), wall_(wall) {
  for (const store::Records::Record& record : records_.list(session_kind)) {
    if (Time{record.value["end"].as_integer().value_or(0)} < wall_.now()) {
      records_.erase(session_kind, record.key);
    } else {
      sessions_[record.key] = record.value.text("job");
    }
  }
}

void UseLog::begin_session(const std::string& access_key, const std::string& job_arn, Time end) {
  records_.put(session_kind, access_key, Json::object({{"job", job_arn}, {"end", end.microseconds}}));
  std::lock_guard lock(mutex_);
  if (sessions_.size() >= sessions_max) sessions_.erase(sessions_.begin());
  sessions_[access_key] = job_arn;
}

std::string UseLog::job_of(const std::string& access_key) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(access_key);
  return found == sessions_.end() ? std::string() : found->second;
}

// Keys begin with the time, so that the oldest come first.
void UseLog::begin_record(const std::string& source, Source& entry) {
  entry.key = fmt::format("{:020}/{}", wall_.now().microseconds, source);
  entry.count = 0;
  records_.put(use_kind, entry.key, Json::object({{"source", source}, {"uses", Json::array()}}));
  auto kept = records_.list(use_kind, {}, {}, records_max + 1);
  if (kept.size() > records_max) records_.erase(use_kind, kept.front().key);
}

UseLog::Source& UseLog::source_of(const std::string& source) {
  auto [found, is_new] = sources_.try_emplace(source);
  if (!is_new) return found->second;
  order_.push_back(source);
  begin_record(source, found->second);
  if (order_.size() > sources_max) {
    sources_.erase(order_.front());
    order_.pop_front();
  }
  return found->second;  // references stay good
}

void UseLog::add(const std::string& source, std::string_view role_arn, const Need& need) {
  std::string use = fmt::format("{} {} {} {}", role_arn, need.action, need.resource, need.passed_to);
  std::lock_guard lock(mutex_);
  Source& entry = source_of(source);
  if (!entry.seen.insert(std::move(use)).second) return;
  if (entry.count == uses_max) begin_record(source, entry);
  ++entry.count;
  Json record = Json::object({{"role", role_arn}, {"action", need.action}, {"resource", need.resource}});
  if (!need.passed_to.empty()) record.set("service", need.passed_to);
  records_.update(use_kind, entry.key, [&](Json& value) {
    value.mutable_at("uses").push_back(std::move(record));
    return true;
  });
}

}  // namespace penstock::aws::authorization
