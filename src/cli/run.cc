// `penstock run`: values for every placeholder, all checks at once, uploads, the state machine, the execution, its
// progress.
#include "cli/run.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/encoding.h"
#include "cli/pipeline_role.h"
#include "cli/watching.h"

namespace penstock::cli {

namespace {

constexpr std::string_view schema_tag = "penstock:input/";

std::string_view schema_type(PlaceholderKind kind) {
  if (kind == PlaceholderKind::number) return "number";
  return kind == PlaceholderKind::boolean ? "boolean" : "string";
}

// One run, from the command line to the started execution. Problems are gathered, so that a person mends all at once.
class Run {
 public:
  Run(Session& session, Client& client, const RunOptions& options)
      : session_(session), client_(client), options_(options) {}

  int go() {
    if (auto loaded = load(); !loaded) return report(session_, loaded.error());
    if (auto valued = read_values(); !valued) return report(session_, valued.error());
    if (auto account = client_.account(); !account)
      return report(session_, account.error());
    else
      account_ = *std::move(account);
    read_uploads();
    check_values();
    if (!problems_.empty()) return show_problems();
    if (options_.check_only) {
      session_.terminal.line(
          fmt::format("{}: {} placeholders have values that hold; nothing was started", file_.name, uses_.size()));
      return 0;
    }
    if (auto made = make_defaults(); !made) return report(session_, made.error());
    if (auto uploaded = upload_all(); !uploaded) return report(session_, uploaded.error());
    return start();
  }

 private:
  Outcome<void> load() {
    if (session_.disk.exists(options_.pipeline)) {
      auto file = read_pipeline_file(session_.disk, options_.pipeline);
      if (!file) return file.error();
      file_ = *std::move(file);
    } else if (auto found = load_machine(); !found) {
      return found;
    }
    auto definition = parse_json(file_.definition);
    if (!definition)
      return Error{"InvalidDefinition", fmt::format("{}: {}", options_.pipeline, definition.error().message)};
    uses_ = find_placeholders(*definition);
    return {};
  }

  // A pipeline that exists on the server already.
  Outcome<void> load_machine() {
    std::string arn = options_.pipeline;
    if (!arn.starts_with("arn:")) {
      if (arn.find('/') != std::string::npos || arn.ends_with(".yaml") || arn.ends_with(".json")) {
        return Error{"NoSuchFile", fmt::format("there is no file '{}'", arn)};
      }
      auto account = client_.account();
      if (!account) return account.error();
      arn = fmt::format("arn:aws:states:{}:{}:stateMachine:{}", client_.options().region, *account, arn);
    }
    auto machine = client_.call("states", "DescribeStateMachine", Json::object({{"stateMachineArn", arn}}));
    if (!machine) return machine.error();
    file_.name = std::string(machine->text("name"));
    file_.definition = std::string(machine->text("definition"));
    machine_arn_ = arn;
    return {};
  }

  Outcome<void> read_values() {
    if (!options_.input_file.empty()) {
      auto text = session_.disk.read_file(options_.input_file);
      if (!text) return text.error();
      auto input = parse_json(*text);
      if (!input) return Error{"InvalidInput", fmt::format("{}: {}", options_.input_file, input.error().message)};
      if (!input->is_object())
        return Error{"InvalidInput", fmt::format("{}: a JSON object is needed", options_.input_file)};
      input_ = *std::move(input);
    }
    for (const std::string& setting : options_.settings) {
      auto member = parse_setting(setting);
      if (!member) return member.error();
      const auto declared = std::ranges::find(file_.placeholders, member->key, &Placeholder::name);
      const bool text = declared != file_.placeholders.end() && schema_type(declared->kind) == "string";
      if (text) member->value = Json(setting.substr(member->key.size() + 1));
      input_.set(member->key, member->value);
    }
    for (const Placeholder& placeholder : file_.placeholders) {
      if (!input_.find(placeholder.name) && placeholder.value) input_.set(placeholder.name, *placeholder.value);
    }
    return {};
  }

  void problem(std::string text) { problems_.push_back(std::move(text)); }

  void read_uploads() {
    for (const Placeholder& placeholder : file_.placeholders) {
      if (placeholder.upload.empty() || input_.find(placeholder.name)) continue;
      auto upload = read_upload(session_.disk, file_, placeholder);
      if (!upload)
        problem(upload.error().message);
      else
        uploads_.push_back(*std::move(upload));
    }
  }

  bool is_made(const Placeholder& placeholder) const {
    return placeholder.kind == PlaceholderKind::bucket || placeholder.kind == PlaceholderKind::role ||
           !placeholder.upload.empty();
  }

  void check_values() {
    std::vector<std::string_view> known;
    for (const PlaceholderUse& use : uses_) {
      known.push_back(use.name);
      const auto declared = std::ranges::find(file_.placeholders, use.name, &Placeholder::name);
      const Json* value = input_.find(use.name);
      if (value) {
        check_value(declared == file_.placeholders.end() ? Placeholder{use.name} : *declared, *value);
      } else if (declared == file_.placeholders.end() || !is_made(*declared)) {
        problem(fmt::format("{}: has no value (used at {}): give --set {}=VALUE", use.name, use.locations.front(),
                            use.name));
      }
    }
    for (const JsonMember& member : input_.members()) {
      if (std::ranges::find(known, member.key) != known.end()) continue;
      const auto declared = std::ranges::find(file_.placeholders, member.key, &Placeholder::name);
      if (declared != file_.placeholders.end()) continue;
      const auto nearest = nearest_word(member.key, known);
      if (!nearest.empty())
        problem(fmt::format("{}: the pipeline has no such placeholder: did you mean '{}'?", member.key, nearest));
    }
  }

  void check_value(const Placeholder& placeholder, const Json& value) {
    const bool is_uri_kind = placeholder.kind == PlaceholderKind::object ||
                             placeholder.kind == PlaceholderKind::prefix ||
                             placeholder.kind == PlaceholderKind::archive;
    if (placeholder.kind == PlaceholderKind::number && !value.is_number()) {
      problem(fmt::format("{}: {} is not a number", placeholder.name, to_string(value)));
    } else if (placeholder.kind == PlaceholderKind::boolean && !value.is_boolean()) {
      problem(fmt::format("{}: {} is neither true nor false", placeholder.name, to_string(value)));
    } else if (is_uri_kind && !value.is_string()) {
      problem(fmt::format("{}: {} is not an s3:// URI", placeholder.name, to_string(value)));
    } else if (is_uri_kind) {
      check_uri(placeholder, std::string(value.as_string()));
    } else if (placeholder.kind == PlaceholderKind::bucket && value.is_string() &&
               !client_.head_bucket(value.as_string())) {
      problem(fmt::format("{}: there is no bucket '{}' that you can reach", placeholder.name, value.as_string()));
    }
  }

  void check_uri(const Placeholder& placeholder, const std::string& uri) {
    const auto location = parse_s3_uri(uri);
    if (!location) return problem(fmt::format("{}: '{}' is not an s3:// URI", placeholder.name, uri));
    if (placeholder.kind == PlaceholderKind::prefix) {
      const auto found = client_.has_objects(location->bucket, location->key);
      if (!found)
        problem(fmt::format("{}: {} cannot be listed: {} {}", placeholder.name, uri, found.error().code,
                            found.error().message));
      else if (!*found)
        problem(fmt::format("{}: there is nothing under {}", placeholder.name, uri));
      return;
    }
    const auto head = client_.head_object(location->bucket, location->key);
    if (!head) {
      const bool folder = client_.has_objects(location->bucket, location->key + "/").ok() &&
                          *client_.has_objects(location->bucket, location->key + "/");
      return problem(folder ? fmt::format("{}: {} is a folder, one object is needed", placeholder.name, uri)
                            : fmt::format("{}: there is no object {}", placeholder.name, uri));
    }
    if (placeholder.kind == PlaceholderKind::archive) check_archive(placeholder, *location, uri);
  }

  void check_archive(const Placeholder& placeholder, const S3Location& location, const std::string& uri) {
    const auto bytes = client_.get_object(location.bucket, location.key);
    if (!bytes) return problem(fmt::format("{}: {} cannot be read: {}", placeholder.name, uri, bytes.error().message));
    const auto names = archive_names(*bytes);
    if (!names) return problem(fmt::format("{}: {}: {}", placeholder.name, uri, names.error().message));
    if (names->empty()) return problem(fmt::format("{}: {} is an empty archive", placeholder.name, uri));
    if (!placeholder.entry_point.empty() && std::ranges::find(*names, placeholder.entry_point) == names->end()) {
      problem(fmt::format("{}: {} has no entry point '{}'", placeholder.name, uri, placeholder.entry_point));
    }
  }

  int show_problems() {
    session_.terminal.error(
        fmt::format("penstock: {} cannot start, {} to mend:", file_.name,
                    problems_.size() == 1 ? "one thing" : fmt::format("{} things", problems_.size())));
    for (const auto& text : problems_) session_.terminal.error("  - " + text);
    return 1;
  }

  // The bucket and the role that no value was given for.
  Outcome<void> make_defaults() {
    bucket_ = fmt::format("penstock-{}-{}", account_, client_.options().region);
    bool needs_role = machine_arn_.empty();
    for (const Placeholder& placeholder : file_.placeholders) {
      if (input_.find(placeholder.name)) {
        if (placeholder.kind == PlaceholderKind::bucket) bucket_ = std::string(input_.text(placeholder.name));
        continue;
      }
      if (placeholder.kind == PlaceholderKind::bucket) input_.set(placeholder.name, bucket_);
      if (placeholder.kind == PlaceholderKind::role) {
        input_.set(placeholder.name, pipeline_role_arn(account_));
        needs_role = true;
      }
    }
    if (auto made = client_.create_bucket(bucket_); !made) return made;
    return needs_role ? make_pipeline_role(client_) : Outcome<void>();
  }

  Outcome<void> upload_all() {
    for (const Upload& upload : uploads_) {
      auto uri = send_upload(session_, client_, bucket_, file_.name, upload);
      if (!uri) return uri.error();
      input_.set(upload.placeholder, *uri);
    }
    return {};
  }

  // Which placeholders the input must have and of what type, as the server checks it for everyone who starts the
  // pipeline (aws/states/input_schema.h).
  Json schema_tags() const {
    constexpr size_t tags_max = 50;  // a resource can have
    Json tags = Json::array();
    for (const Placeholder& placeholder : file_.placeholders) {
      const bool used = std::ranges::find(uses_, placeholder.name, &PlaceholderUse::name) != uses_.end();
      if (!used || tags.size() == tags_max) continue;
      tags.push_back(Json::object(
          {{"key", std::string(schema_tag) + placeholder.name}, {"value", schema_type(placeholder.kind)}}));
    }
    return tags;
  }

  // The tags of an earlier run give way. Who may not look at them or change them leaves that to who may.
  void renew_tags() {
    const Json named = Json::object({{"resourceArn", machine_arn_}});
    auto listed = client_.call("states", "ListTagsForResource", named);
    if (!listed || file_.placeholders.empty()) return;
    const Json wanted = schema_tags();
    Json stale = Json::array();
    Json kept = Json::array();
    for (const Json& tag : (*listed)["tags"].items()) {
      if (!tag.text("key").starts_with(schema_tag)) continue;
      const bool wants = std::ranges::find(wanted.items(), tag) != wanted.items().end();
      (wants ? kept : stale).push_back(wants ? tag : Json(tag.text("key")));
    }
    if (stale.size() > 0) {
      Json request = named;
      request.set("tagKeys", std::move(stale));
      static_cast<void>(client_.call("states", "UntagResource", request).ok());
    }
    if (kept.size() == wanted.size()) return;
    Json request = named;
    request.set("tags", wanted);
    static_cast<void>(client_.call("states", "TagResource", request).ok());
  }

  Outcome<void> ensure_machine() {
    if (!machine_arn_.empty()) return {};
    machine_arn_ = fmt::format("arn:aws:states:{}:{}:stateMachine:{}", client_.options().region, account_, file_.name);
    auto existing = client_.call("states", "DescribeStateMachine", Json::object({{"stateMachineArn", machine_arn_}}));
    const std::string role = pipeline_role_arn(account_);
    if (!existing) {
      if (existing.error().code != "StateMachineDoesNotExist") return existing.error();
      auto made = client_.call(
          "states", "CreateStateMachine",
          Json::object(
              {{"name", file_.name}, {"definition", file_.definition}, {"roleArn", role}, {"tags", schema_tags()}}));
      if (!made) return made.error();
      return {};
    }
    renew_tags();
    if (existing->text("definition") != file_.definition) {
      auto updated = client_.call("states", "UpdateStateMachine",
                                  Json::object({{"stateMachineArn", machine_arn_}, {"definition", file_.definition}}));
      if (!updated) return updated.error();
    }
    return {};
  }

  int start() {
    if (auto ready = ensure_machine(); !ready) return report(session_, ready.error());
    Json request = Json::object({{"stateMachineArn", machine_arn_}, {"input", to_string(input_)}});
    if (!options_.name.empty()) request.set("name", options_.name);
    auto started = client_.call("states", "StartExecution", request);
    if (!started) return report(session_, started.error());
    const std::string arn(started->text("executionArn"));
    session_.terminal.line(fmt::format("started {}", arn));
    return options_.detach ? 0 : watch_execution(session_, client_, arn);
  }

  Session& session_;
  Client& client_;
  const RunOptions& options_;
  PipelineFile file_;
  std::string machine_arn_;
  std::string account_;
  std::string bucket_;
  std::vector<PlaceholderUse> uses_;
  Json input_ = Json::object();
  std::vector<Upload> uploads_;
  std::vector<std::string> problems_;
};

}  // namespace

Outcome<JsonMember> parse_setting(const std::string& setting) {
  const size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{"InvalidSetting", fmt::format("--set {}: NAME=VALUE is needed", setting)};
  }
  const std::string text = setting.substr(equals + 1);
  auto value = parse_json(text);
  return JsonMember{setting.substr(0, equals), value && !value->is_null() ? *std::move(value) : Json(text)};
}

int run_pipeline(Session& session, const RunOptions& options) {
  auto client = session.client();
  if (!client) return report(session, client.error());
  return Run(session, **client, options).go();
}

std::function<int()> configure_run(CLI::App& app, Session& session) {
  auto options = std::make_shared<RunOptions>();
  app.add_option("pipeline", options->pipeline,
                 "a pipeline file (.yaml), a definition (.asl.json), or a pipeline's name or ARN")
      ->required();
  app.add_option("--input", options->input_file, "JSON file with values for the placeholders")
      ->check(CLI::ExistingFile);
  app.add_option("--set", options->settings, "one value: NAME=VALUE; wins over --input; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--name", options->name, "name of the execution");
  app.add_flag("--detach", options->detach, "start it and do not wait");
  app.add_flag("--check", options->check_only, "only check values and definition");
  return [&session, options] { return run_pipeline(session, *options); };
}

}  // namespace penstock::cli
