#include "core/job/plan.h"

#include <array>
#include <string_view>
#include <utility>

namespace penstock::job {

namespace {

constexpr std::array<std::string_view, 4> phase_names = {"starting", "running", "archiving", "ended"};
constexpr std::array<std::string_view, 7> cause_names = {"exited", "stopped", "timed_out", "disk",
                                                         "memory", "setup",   "lost"};

template <size_t N>
size_t index_of(const std::array<std::string_view, N>& names, std::string_view name, size_t otherwise) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return otherwise;
}

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(value);
  return list;
}

std::vector<std::string> texts_from(const Json& list) {
  std::vector<std::string> values;
  if (!list.is_array()) return values;
  for (const Json& item : list.items()) {
    if (item.is_string()) values.emplace_back(item.as_string());
  }
  return values;
}

int64_t integer(const Json& value, int64_t otherwise = 0) {
  return value.is_number() ? value.as_integer().value_or(otherwise) : otherwise;
}

bool boolean(const Json& value) {
  return value.is_boolean() && value.as_boolean();
}

template <class Each>
void each(const Json& list, Each use) {
  if (!list.is_array()) return;
  for (const Json& item : list.items()) use(item);
}

Json to_json(const HostPlan& host) {
  Json binds = Json::array();
  for (const Bind& bind : host.binds) {
    binds.push_back(Json::object({{"from", bind.from}, {"to", bind.to}, {"writable", bind.writable}}));
  }
  Json steps = Json::array();
  for (const Step& step : host.steps) {
    steps.push_back(
        Json::object({{"argv", texts(step.argv)}, {"folder", step.folder}, {"error_name", step.error_name}}));
  }
  Json environment = Json::array();
  for (const auto& [name, value] : host.environment) environment.push_back(texts({name, value}));
  return Json::object({{"name", host.name},
                       {"root", host.root},
                       {"binds", std::move(binds)},
                       {"steps", std::move(steps)},
                       {"environment", std::move(environment)}});
}

HostPlan host_from_json(const Json& json) {
  HostPlan host;
  host.name = json.text("name");
  host.root = json.text("root");
  each(json["binds"], [&](const Json& bind) {
    host.binds.push_back({std::string(bind.text("from")), std::string(bind.text("to")), boolean(bind["writable"])});
  });
  each(json["steps"], [&](const Json& step) {
    host.steps.push_back(
        {texts_from(step["argv"]), std::string(step.text("folder", "/")), std::string(step.text("error_name"))});
  });
  each(json["environment"], [&](const Json& pair) {
    std::vector<std::string> parts = texts_from(pair);
    if (parts.size() == 2) host.environment.emplace_back(std::move(parts[0]), std::move(parts[1]));
  });
  return host;
}

Json to_json(const Limits& limits) {
  return Json::object({{"memory_bytes", limits.memory_bytes},
                       {"disk_bytes", limits.disk_bytes},
                       {"processes", limits.processes},
                       {"log_bytes", limits.log_bytes},
                       {"free_disk_bytes_min", limits.free_disk_bytes_min},
                       {"runtime_seconds_max", limits.runtime_seconds_max},
                       {"stop_seconds", limits.stop_seconds}});
}

Limits limits_from_json(const Json& json) {
  Limits limits;
  limits.memory_bytes = integer(json["memory_bytes"]);
  limits.disk_bytes = integer(json["disk_bytes"]);
  limits.processes = integer(json["processes"], limits.processes);
  limits.log_bytes = integer(json["log_bytes"], limits.log_bytes);
  limits.free_disk_bytes_min = integer(json["free_disk_bytes_min"], limits.free_disk_bytes_min);
  limits.runtime_seconds_max = integer(json["runtime_seconds_max"], limits.runtime_seconds_max);
  limits.stop_seconds = integer(json["stop_seconds"], limits.stop_seconds);
  return limits;
}

}  // namespace

Json to_json(const Plan& plan) {
  Json hosts = Json::array();
  for (const HostPlan& host : plan.hosts) hosts.push_back(to_json(host));
  Json archives = Json::array();
  for (const Archive& archive : plan.archives) {
    archives.push_back(Json::object({{"folders", texts(archive.folders)}, {"file", archive.file}}));
  }
  return Json::object({{"name", plan.name},
                       {"isolated", plan.isolated},
                       {"own_network", plan.own_network},
                       {"user", plan.user},
                       {"limits", to_json(plan.limits)},
                       {"hosts", std::move(hosts)},
                       {"archives", std::move(archives)},
                       {"notes", texts(plan.notes)}});
}

Outcome<Plan> plan_from_json(const Json& json) {
  Plan plan;
  plan.name = json.text("name");
  plan.isolated = boolean(json["isolated"]);
  plan.own_network = boolean(json["own_network"]);
  plan.user = integer(json["user"], -1);
  plan.limits = limits_from_json(json["limits"]);
  each(json["hosts"], [&](const Json& host) { plan.hosts.push_back(host_from_json(host)); });
  each(json["archives"], [&](const Json& archive) {
    plan.archives.push_back({texts_from(archive["folders"]), std::string(archive.text("file"))});
  });
  plan.notes = texts_from(json["notes"]);
  if (plan.hosts.empty()) return Error{"InvalidPlan", "the plan of job '" + plan.name + "' names no host", 500, {}};
  for (const HostPlan& host : plan.hosts) {
    if (host.root.empty() || host.steps.empty()) {
      return Error{
          "InvalidPlan", "host '" + host.name + "' of job '" + plan.name + "' has no root or no step", 500, {}};
    }
  }
  return plan;
}

Json to_json(const Report& report) {
  Json hosts = Json::array();
  for (const Report::Host& host : report.hosts) {
    hosts.push_back(Json::object({{"name", host.name}, {"exit_code", host.exit_code}}));
  }
  return Json::object({{"phase", phase_names[static_cast<size_t>(report.phase)]},
                       {"cause", cause_names[static_cast<size_t>(report.cause)]},
                       {"message", report.message},
                       {"supervisor", report.supervisor},
                       {"started", report.started},
                       {"ended", report.ended},
                       {"hosts", std::move(hosts)},
                       {"last_errors", texts(report.last_errors)}});
}

Report report_from_json(const Json& json) {
  Report report;
  report.phase = static_cast<Report::Phase>(index_of(phase_names, json.text("phase"), 0));
  report.cause = static_cast<Report::Cause>(index_of(cause_names, json.text("cause"), 0));
  report.message = json.text("message");
  report.supervisor = integer(json["supervisor"]);
  report.started = integer(json["started"]);
  report.ended = integer(json["ended"]);
  each(json["hosts"], [&](const Json& host) {
    report.hosts.push_back({std::string(host.text("name")), static_cast<int>(integer(host["exit_code"]))});
  });
  report.last_errors = texts_from(json["last_errors"]);
  return report;
}

}  // namespace penstock::job
