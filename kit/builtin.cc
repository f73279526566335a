#include "kit/builtin.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "base/encoding.h"
#include "base/time.h"

namespace penstock::kit {

namespace {

constexpr int exit_failed = 1;

struct Algorithm {
  std::string_view name;  // as runtimes.yaml says it
  Outcome<void> (*train)(const BuiltinJob& job);
};

constexpr std::array algorithms = {
    Algorithm{"xgboost", train_xgboost},
    Algorithm{"linear-learner", train_linear_learner},
    Algorithm{"kmeans", train_kmeans},
    Algorithm{"pca", train_pca},
    Algorithm{"model-monitor", analyze_data_quality},
};

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Clients send texts; some put JSON texts into them ("\"auto\"").
std::string text_of(const Json& value) {
  std::string text = value.is_string() ? std::string(value.as_string()) : to_string(value);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

bool is_whole(std::string_view text) {
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size();
}

bool is_choice(const Hyperparameter& known, std::string_view value) {
  return known.choices.empty() || std::find(known.choices.begin(), known.choices.end(), value) != known.choices.end();
}

std::string range_of(const Hyperparameter& known) {
  if (!known.choices.empty()) {
    std::string out;
    for (const std::string_view choice : known.choices) out += fmt::format("{}'{}'", out.empty() ? "" : ", ", choice);
    return "[" + out + "]";
  }
  return fmt::format("{}{}, {}", known.above_min ? "(" : "[",
                     known.min <= -1e308 ? "-inf" : fmt::format("{}", known.min),
                     known.max >= 1e308 ? "+inf)" : fmt::format("{}]", known.max));
}

Outcome<void> check_value(const Hyperparameter& known, const std::string& value, Hyperparameters::Words words) {
  const bool schema = words == Hyperparameters::Words::schema;
  const auto unreadable = [&] {
    if (schema)
      return client_error(fmt::format("'{}' is not valid under any of the given schemas ({})", value, known.name));
    return client_error(fmt::format("Hyperparameter {}: could not parse value", known.name));
  };
  const auto outside = [&] {
    if (schema)
      return client_error(
          fmt::format("'{}' is not valid under any of the given schemas ({}: {})", value, known.name, range_of(known)));
    return client_error(fmt::format("Hyperparameter {}: {} is not in {}", known.name, value, range_of(known)));
  };
  if (known.automatic && value == "auto") return {};
  switch (known.kind) {
    case Hyperparameter::Kind::integer:
      if (!is_whole(value)) return unreadable();
      [[fallthrough]];
    case Hyperparameter::Kind::real: {
      const auto number = as_number(value);
      if (!number) return unreadable();
      const bool low = known.above_min ? *number <= known.min : *number < known.min;
      if (low || *number > known.max) return outside();
      return {};
    }
    case Hyperparameter::Kind::flag: {
      const std::string lower = to_lower(value);
      if (lower != "true" && lower != "false" && lower != "1" && lower != "0") return unreadable();
      return {};
    }
    case Hyperparameter::Kind::choice:
      if (!is_choice(known, value)) return outside();
      return {};
    case Hyperparameter::Kind::list:
      for (const std::string_view item : split(value, ',')) {
        // "error@0.7" is the metric "error" with a threshold.
        if (!is_choice(known, trim(item.substr(0, item.find('@'))))) return outside();
      }
      return {};
    case Hyperparameter::Kind::text:
      return {};
  }
  return {};
}

// Reads a JSON file of the contract; an empty object where there is none.
Outcome<Json> read_json(Session& session, const std::string& path) {
  if (!session.disk.exists(path)) return Json::object();
  auto text = session.disk.read_file(path);
  if (!text) return text.error();
  auto json = parse_json(*text);
  if (!json) return client_error(fmt::format("{}: {}", path, json.error().message));
  return json;
}

Channel read_channel(const std::string& folder, const Json& settings) {
  Channel channel;
  channel.folder = folder;
  const auto parts = split(settings.text("ContentType"), ';');
  channel.content_type = to_lower(std::string(trim(parts.empty() ? std::string_view() : parts[0])));
  for (const std::string_view part : parts) {
    const std::string parameter = to_lower(std::string(trim(part)));
    if (parameter.starts_with("label_size=")) channel.label_size = parameter.substr(11) == "0" ? 0 : 1;
  }
  return channel;
}

// Ends the job as a built-in image does: the reason in /opt/ml/output/failure and in the log.
int fail(Session& session, const std::string& base, const Error& error) {
  const bool of_client = error.code != "NoXgboost" && error.code != "AlgorithmError";
  const std::string reason = (of_client ? "ClientError: " : "") + error.message;
  session.terminal.error(reason);
  static_cast<void>(session.disk.write_file_atomically(base + "/output/failure", reason));
  static_cast<void>(session.disk.write_file_atomically(base + "/output/message", "Failed: " + reason));
  return exit_failed;
}

std::string base_folder() {
  const char* base = std::getenv("SAGEMAKER_BASE_DIR");
  return base != nullptr && *base != '\0' ? base : "/opt/ml";
}

int run(Session& session, const std::string& name, const std::string& verb) {
  const std::string base = base_folder();
  const auto found = std::find_if(algorithms.begin(), algorithms.end(),
                                  [&](const Algorithm& algorithm) { return algorithm.name == name; });
  if (verb != "train") {
    return fail(
        session, base,
        {"AlgorithmError", fmt::format("penstock-kit trains with {} but does not serve its models: transform or "
                                       "host them with an image of your own",
                                       name)});
  }
  auto job = BuiltinJob::open(session);
  if (!job) return fail(session, base, job.error());
  if (const auto trained = found->train(*job); !trained) return fail(session, base, trained.error());
  return 0;
}

}  // namespace

Error client_error(std::string message) {
  return Error{"ClientError", std::move(message)};
}

Outcome<Hyperparameters> Hyperparameters::check(const Json& given, std::span<const Hyperparameter> known, Words words) {
  const bool schema = words == Words::schema;
  Hyperparameters out;
  for (const Hyperparameter& one : known) {
    if (given.find(one.name) != nullptr) continue;
    if (one.required) {
      return client_error(schema ? fmt::format("'{}' is a required property", one.name)
                                 : fmt::format("Missing required hyperparameter: {}", one.name));
    }
    if (one.otherwise != nullptr) out.values_.emplace(one.name, one.otherwise);
  }
  for (const auto& [name, value] : given.members()) {
    const auto found = std::ranges::find(known, name, &Hyperparameter::name);
    // The SDK sends what only its script mode reads along.
    if (found == known.end() && name.starts_with("sagemaker_")) continue;
    if (found == known.end()) {
      return client_error(schema ? fmt::format("Additional properties are not allowed ('{}' was unexpected)", name)
                                 : fmt::format("Extraneous hyperparameter found: {}", name));
    }
    std::string text = text_of(value);
    if (const auto checked = check_value(*found, text, words); !checked) return checked.error();
    out.values_.insert_or_assign(name, std::move(text));
  }
  return out;
}

std::string Hyperparameters::text(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(otherwise) : found->second;
}

double Hyperparameters::real(std::string_view name, double otherwise) const {
  return as_number(text(name)).value_or(otherwise);
}

int64_t Hyperparameters::integer(std::string_view name, int64_t otherwise) const {
  return has(name) ? static_cast<int64_t>(real(name)) : otherwise;
}

bool Hyperparameters::flag(std::string_view name, bool otherwise) const {
  const std::string value = to_lower(text(name));
  return value.empty() ? otherwise : value == "true" || value == "1";
}

Outcome<BuiltinJob> BuiltinJob::open(Session& session) {
  BuiltinJob job;
  job.session_ = &session;
  job.base_ = base_folder();
  const std::string folder = job.base_ + "/input/config/";
  auto hyperparameters = read_json(session, folder + "hyperparameters.json");
  if (!hyperparameters) return hyperparameters.error();
  job.hyperparameters_ = *std::move(hyperparameters);
  auto resources = read_json(session, folder + "resourceconfig.json");
  if (!resources) return resources.error();
  job.resources_ = *std::move(resources);
  auto channels = read_json(session, folder + "inputdataconfig.json");
  if (!channels) return channels.error();
  for (const auto& [name, settings] : channels->members()) {
    if (settings.text("TrainingInputMode") == "Pipe")
      return client_error(fmt::format("channel '{}' has input mode Pipe: penstock-kit reads File and FastFile", name));
    job.channels_.emplace(name, read_channel(fmt::format("{}/input/data/{}", job.base_, name), settings));
  }
  return job;
}

std::string BuiltinJob::host() const {
  return std::string(resources_.text("current_host", "algo-1"));
}

size_t BuiltinJob::hosts() const {
  return std::max<size_t>(1, resources_["hosts"].size());
}

const Channel* BuiltinJob::channel(std::string_view name) const {
  const auto found = channels_.find(name);
  return found == channels_.end() ? nullptr : &found->second;
}

Outcome<void> BuiltinJob::write_model(const std::string& name, std::string_view bytes) const {
  return session_->disk.write_file_atomically(fmt::format("{}/model/{}", base_, name), bytes);
}

void BuiltinJob::info(std::string_view text) const {
  std::string time = to_iso8601_seconds(session_->clock.now());  // 2026-11-24T13:00:00Z
  time[10] = ':';
  time.pop_back();
  line(fmt::format("[{}:INFO] {}", time, text));
}

// The log's reader sees a line when it was written, not when a buffer was full.
void BuiltinJob::line(std::string_view text) const {
  session_->terminal.line(text);
  std::fflush(stdout);
}

Action configure_builtin(CLI::App& app, Session& session) {
  struct Options {
    std::string algorithm;
    std::string verb = "train";
  };
  const auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  for (const Algorithm& algorithm : algorithms) names.emplace_back(algorithm.name);
  app.add_option("algorithm", options->algorithm, "which one")->required()->check(CLI::IsMember(names));
  app.add_option("verb", options->verb, "what the image is asked to do")->check(CLI::IsMember({"train", "serve"}));
  return [options, &session] { return run(session, options->algorithm, options->verb); };
}

}  // namespace penstock::kit
