// `penstock deploy DIR`: a folder's template with one environment's values to a stack, created or updated: packaged,
// uploaded, shown as a change set, carried out with a line a resource. `--target aws` writes the same for the AWS CLI.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "base/digest.h"
#include "base/encoding.h"
#include "cli/command.h"
#include "cli/deployment_folder.h"
#include "cli/run.h"
#include "cli/stack_client.h"
#include "core/stack/template_text.h"

namespace penstock::cli {

namespace {

namespace fs = std::filesystem;
using Colour = Terminal::Colour;

constexpr auto poll_interval = std::chrono::milliseconds(100);
constexpr size_t template_body_max = 51'200;  // bytes; a larger template goes by its URL

struct DeployOptions {
  std::string folder;
  std::string environment = "dev";
  std::string stack;
  std::vector<std::string> settings;
  std::string target = "penstock";
  bool changes_only = false;
};

std::string default_stack(const DeployOptions& options) {
  return fmt::format("{}-{}", fs::absolute(options.folder).lexically_normal().filename().string(), options.environment);
}

class Deployment {
 public:
  Deployment(Session& session, Client& client, const DeployOptions& options, DeploymentFolder folder)
      : session_(session),
        client_(client),
        options_(options),
        folder_(std::move(folder)),
        name_(options.stack.empty() ? default_stack(options) : options.stack),
        stack_(client, name_) {}

  int go() {
    if (auto prepared = prepare(); !prepared) return report(session_, prepared.error());
    auto changes = make_change_set();
    if (!changes) return report(session_, changes.error());
    if (changes->nothing_to_change()) {
      if (auto gone = stack_.delete_change_set(change_set_); !gone) return report(session_, gone.error());
      session_.terminal.line(fmt::format("No changes to deploy. Stack {} is up to date", name_));
      return 0;
    }
    if (changes->status != "CREATE_COMPLETE") return report(session_, Error{"ChangeSetFailed", changes->reason});
    show(*changes);
    if (options_.changes_only) {
      session_.terminal.line(
          fmt::format("change set {} of stack {} is ready; nothing was changed", change_set_, name_));
      return 0;
    }
    return carry_out();
  }

 private:
  // Everything to its place in S3; values and locations filled in.
  Outcome<void> prepare() {
    auto account = client_.account();
    if (!account) return account.error();
    bucket_ = fmt::format("penstock-{}-{}", *account, client_.options().region);
    if (auto made = client_.create_bucket(bucket_); !made) return made;
    for (const Placeholder& placeholder : folder_.uploads) {
      auto upload = read_upload(session_.disk, folder_.upload_source(), placeholder);
      if (!upload) return upload.error();
      auto uri = send_upload(session_, client_, bucket_, name_, *upload);
      if (!uri) return uri.error();
      folder_.parameters.emplace_back(placeholder.name, *uri);
    }
    auto body = package(std::move(folder_.definition), std::move(folder_.text), folder_.references);
    if (!body) return body.error();
    body_ = *std::move(body);
    if (body_.size() <= template_body_max) return {};
    auto key = put(body_, ".template.json");
    if (!key) return key.error();
    body_ = url_of(*key);
    return {};
  }

  // The template's text with every local file uploaded; nested templates are packaged first. One that names no file
  // stays as it was written, so that what is said of it names its lines.
  Outcome<std::string> package(Json definition, std::string written, const std::vector<LocalReference>& references) {
    if (references.empty()) return written;
    for (const LocalReference& reference : references) {
      auto text = session_.disk.read_file(reference.path);
      if (!text) return text.error();
      if (reference.kind == LocalReference::Kind::nested_template) {
        auto nested = stack::read_template_text(*text);
        if (!nested) return Error{"InvalidTemplate", fmt::format("{}: {}", reference.path, nested.error().message)};
        auto inner = find_local_references(nested->value, reference.path);
        text = package(std::move(nested->value), std::move(*text), inner);
        if (!text) return text.error();
      }
      auto key = put(*text, fs::path(reference.path).extension().string());
      if (!key) return key.error();
      const bool nested = reference.kind == LocalReference::Kind::nested_template;
      set_reference(definition, reference,
                    nested ? Json(url_of(*key)) : Json::object({{"Bucket", bucket_}, {"Key", *key}}));
    }
    return to_string(definition);
  }

  // Under the digest of its content, as `aws cloudformation package` does.
  Outcome<std::string> put(const std::string& text, std::string_view extension) {
    const std::string key = fmt::format("{}/templates/{}{}", name_, sha256_hex(text).substr(0, 32), extension);
    if (auto done = client_.put_object(bucket_, key, text); !done) return done.error();
    return key;
  }

  std::string url_of(const std::string& key) const {
    return fmt::format("{}/{}/{}", client_.options().endpoint, bucket_, key);
  }

  Outcome<ChangeSetState> make_change_set() {
    auto existing = stack_.describe();
    if (!existing && existing.error().code != "ValidationError") return existing.error();
    const bool new_stack = !existing || existing->status == "REVIEW_IN_PROGRESS";
    if (existing && existing->in_progress())
      return Error{"StackBusy", fmt::format("stack {} is {}: wait for its end", name_, existing->status)};
    change_set_ = fmt::format("penstock-deploy-{}", static_cast<int64_t>(session_.clock.now().seconds() * 1000));
    auto made = stack_.create_change_set(change_set_, new_stack, body_, folder_.parameters, folder_.tags);
    if (!made) return made.error();
    while (true) {
      auto state = stack_.describe_change_set(change_set_);
      if (!state || (state->status != "CREATE_PENDING" && state->status != "CREATE_IN_PROGRESS")) return state;
      std::this_thread::sleep_for(poll_interval);
    }
  }

  void show(const ChangeSetState& changes) {
    std::vector<std::vector<std::string>> rows = {{"CHANGE", "RESOURCE", "TYPE", "REPLACEMENT"}};
    for (const StackChange& change : changes.changes)
      rows.push_back({change.action, change.resource, change.type, change.replacement});
    session_.terminal.table(rows);
  }

  int carry_out() {
    // What happened before is not shown again.
    if (auto before = stack_.events()) {
      for (const StackEvent& event : *before) shown_.insert(event.id);
    }
    if (auto started = stack_.execute_change_set(change_set_); !started) return report(session_, started.error());
    while (true) {
      auto state = stack_.describe();
      if (!state) return report(session_, state.error());
      const bool running = state->in_progress() || state->status == "REVIEW_IN_PROGRESS";
      if (auto events = stack_.events(); !events) {
        return report(session_, events.error());
      } else {
        for (const StackEvent& event : *events) show(event);
      }
      if (!running) return finish(*state);
      std::this_thread::sleep_for(poll_interval);
    }
  }

  void show(const StackEvent& event) {
    if (!shown_.insert(event.id).second) return;
    const bool bad = event.status.ends_with("FAILED") || event.status.find("ROLLBACK") != std::string::npos;
    const Colour colour = bad ? Colour::red : event.status.ends_with("COMPLETE") ? Colour::green : Colour::dim;
    session_.terminal.line(fmt::format("{} {} ({}){}{}",
                                       session_.terminal.paint(colour, fmt::format("{:<28}", event.status)),
                                       event.resource, event.type, event.reason.empty() ? "" : ": ", event.reason));
  }

  int finish(const StackState& state) {
    session_.terminal.line(fmt::format(
        "stack {}: {}", name_, session_.terminal.paint(state.good() ? Colour::green : Colour::red, state.status)));
    for (const auto& [key, value] : state.outputs) session_.terminal.line(fmt::format("  {} = {}", key, value));
    return state.good() ? 0 : 1;
  }

  Session& session_;
  Client& client_;
  const DeployOptions& options_;
  DeploymentFolder folder_;
  std::string name_;
  StackClient stack_;
  std::string bucket_;
  std::string body_;
  std::string change_set_;
  std::set<std::string> shown_;  // ids of events
};

// The same template for the AWS CLI, beside its parameters, and the commands to type.
int write_for_aws(Session& session, const DeployOptions& options, DeploymentFolder folder) {
  const std::string stack = options.stack.empty() ? default_stack(options) : options.stack;
  const fs::path out = fs::path(options.folder) / "build" / options.environment;
  if (auto made = session.disk.make_folders(out.string()); !made) return report(session, made.error());
  for (const LocalReference& reference : folder.references)
    set_reference(folder.definition, reference, Json(fs::proximate(reference.path, out).generic_string()));
  Json overrides = Json::array();
  for (const auto& [name, value] : folder.parameters) overrides.push_back(fmt::format("{}={}", name, value));
  std::vector<std::string> copies;
  for (const Placeholder& placeholder : folder.uploads) {
    auto upload = read_upload(session.disk, folder.upload_source(), placeholder);
    if (!upload) return report(session, upload.error());
    std::string path = upload->path;
    std::string uri = fmt::format("s3://BUCKET/{}/{}/{}", stack, placeholder.name, upload->digest.substr(0, 16));
    if (placeholder.kind == PlaceholderKind::archive) {
      path = (out / fmt::format("{}.tar.gz", placeholder.name)).string();
      if (auto written = session.disk.write_file_atomically(path, upload->archive); !written)
        return report(session, written.error());
    }
    const bool folder_upload = placeholder.kind == PlaceholderKind::prefix && fs::is_directory(path);
    uri += folder_upload ? "/" : "/" + fs::path(path).filename().string();
    copies.push_back(fmt::format("aws s3 cp {}{} {}", folder_upload ? "--recursive " : "", path, uri));
    overrides.push_back(fmt::format("{}={}", placeholder.name, uri));
  }
  const std::string text = (out / "template.json").string();
  const std::string values = (out / "parameters.json").string();
  if (auto written = session.disk.write_file_atomically(text, to_pretty_string(folder.definition) + "\n"); !written)
    return report(session, written.error());
  if (auto written = session.disk.write_file_atomically(values, to_pretty_string(overrides) + "\n"); !written)
    return report(session, written.error());
  if (!copies.empty()) {
    session.terminal.line(fmt::format("first, with your bucket's name for BUCKET (here and in {}):", values));
    for (const std::string& copy : copies) session.terminal.line("  " + copy);
    session.terminal.line("then:");
  }
  session.terminal.line(
      fmt::format("  aws cloudformation package --template-file {} --s3-bucket BUCKET --output-template-file {}", text,
                  (out / "packaged.yaml").string()));
  std::string tags;
  for (const auto& [name, value] : folder.tags)
    tags += fmt::format("{}{}={}", tags.empty() ? " --tags " : " ", name, value);
  session.terminal.line(
      fmt::format("  aws cloudformation deploy --template-file {} --stack-name {} --parameter-overrides file://{} "
                  "--capabilities CAPABILITY_NAMED_IAM{}",
                  (out / "packaged.yaml").string(), stack, values, tags));
  return 0;
}

int deploy(Session& session, const DeployOptions& options) {
  auto folder = read_deployment_folder(session.disk, options.folder, options.environment, options.settings);
  if (!folder) return report(session, folder.error());
  if (options.target == "aws") return write_for_aws(session, options, *std::move(folder));
  auto client = session.client();
  if (!client) return report(session, client.error());
  return Deployment(session, **client, options, *std::move(folder)).go();
}

}  // namespace

std::function<int()> configure_deploy(CLI::App& app, Session& session) {
  auto options = std::make_shared<DeployOptions>();
  app.add_option("folder", options->folder, "folder with template.yaml and config/ENVIRONMENT.json")->required();
  app.add_option("--env", options->environment, "which environment's values: dev, stage, prod, ...")
      ->capture_default_str();
  app.add_option("--stack", options->stack, "name of the stack; FOLDER-ENVIRONMENT without it");
  app.add_option("--set", options->settings, "NAME=VALUE, a value for a parameter of the template");
  app.add_option("--target", options->target,
                 "penstock, or aws: write the template for the AWS CLI and print the commands")
      ->check(CLI::IsMember({"penstock", "aws"}));
  app.add_flag("--changes", options->changes_only, "show what would change, and change nothing");
  return [&session, options] { return deploy(session, *options); };
}

}  // namespace penstock::cli
