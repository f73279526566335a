#include "cli/deployment_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/encoding.h"
#include "cli/run.h"
#include "core/stack/template_text.h"

namespace penstock::cli {

namespace {

namespace fs = std::filesystem;

struct PackagedProperty {
  std::string_view type;
  std::string_view property;
  LocalReference::Kind kind;
};

// As `aws cloudformation package` has them, for the types that are served.
constexpr std::array<PackagedProperty, 2> packaged_properties = {{
    {"AWS::StepFunctions::StateMachine", "DefinitionS3Location", LocalReference::Kind::definition},
    {"AWS::CloudFormation::Stack", "TemplateURL", LocalReference::Kind::nested_template},
}};

bool is_remote(std::string_view text) {
  return text.starts_with("s3://") || text.starts_with("http://") || text.starts_with("https://");
}

class Reader {
 public:
  Reader(Disk& disk, const std::string& path, const std::string& environment) : disk_(disk) {
    folder_.path = path;
    folder_.environment = environment;
  }

  Outcome<DeploymentFolder> read(const std::vector<std::string>& settings) {
    if (auto done = read_template(); !done) return done.error();
    if (auto done = read_configuration(); !done) return done.error();
    for (const std::string& setting : settings) {
      auto member = parse_setting(setting);
      if (!member) return member.error();
      give(member->key, member->value);
    }
    check_parameters();
    folder_.references = find_local_references(folder_.definition, folder_.template_path);
    for (const LocalReference& reference : folder_.references) {
      if (!disk_.exists(reference.path))
        problem("{}: {} of {} names '{}', which is not there", folder_.template_path, reference.property,
                reference.resource, reference.path);
    }
    if (!problems_.empty())
      return Error{"InvalidDeployment",
                   fmt::format("{} cannot be deployed:\n  - {}", folder_.path, fmt::join(problems_, "\n  - "))};
    return std::move(folder_);
  }

 private:
  template <class... Arguments>
  void problem(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    problems_.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  Outcome<void> read_template() {
    if (!disk_.exists(folder_.path)) return Error{"NoFolder", fmt::format("there is no folder {}", folder_.path)};
    for (const char* name : {"template.yaml", "template.yml", "template.json"}) {
      const std::string path = (fs::path(folder_.path) / name).string();
      if (!disk_.exists(path)) continue;
      auto text = disk_.read_file(path);
      if (!text) return text.error();
      auto read = stack::read_template_text(*text);
      if (!read) return Error{"InvalidTemplate", fmt::format("{}: {}", path, read.error().message)};
      folder_.template_path = path;
      folder_.text = std::move(*text);
      folder_.definition = std::move(read->value);
      return {};
    }
    return Error{"NoTemplate", fmt::format("{} has no template.yaml, template.yml or template.json", folder_.path)};
  }

  Outcome<void> read_configuration() {
    const fs::path folder = fs::path(folder_.path) / "config";
    const std::string path = (folder / (folder_.environment + ".json")).string();
    if (!disk_.exists(path)) {
      auto names = disk_.list(folder.string());
      if (!names || names->empty()) return {};
      for (std::string& name : *names) name = fs::path(name).stem().string();
      return Error{"NoEnvironment",
                   fmt::format("there is no {}; the environments are {}", path, fmt::join(*names, ", "))};
    }
    auto text = disk_.read_file(path);
    if (!text) return text.error();
    auto configuration = parse_json(*text);
    if (!configuration)
      return Error{"InvalidConfiguration", fmt::format("{}: {}", path, configuration.error().message)};
    if (!configuration->is_object()) {
      problem("{}: must be an object: {{\"Parameters\": {{NAME: VALUE, ...}}, \"Tags\": {{KEY: VALUE, ...}}}}", path);
    }
    for (const JsonMember& member :
         configuration->is_object() ? configuration->members() : std::span<const JsonMember>()) {
      if (member.key != "Parameters" && member.key != "Tags")
        problem("{}: unknown member '{}': known are Parameters, Tags{}", path, member.key,
                folder_.definition["Parameters"].find(member.key)
                    ? fmt::format("; a parameter belongs inside: {{\"Parameters\": {{\"{}\": ...}}}}", member.key)
                    : std::string());
    }
    if (const Json& parameters = (*configuration)["Parameters"]; parameters.is_object()) {
      for (const JsonMember& member : parameters.members()) give(member.key, member.value);
    }
    if (const Json& tags = (*configuration)["Tags"]; tags.is_object()) {
      for (const JsonMember& member : tags.members()) folder_.tags.emplace_back(member.key, text_of(member.value));
    }
    return {};
  }

  static std::string text_of(const Json& value) {
    return value.is_string() ? std::string(value.as_string()) : to_string(value);
  }

  // A value for a parameter, in place of an earlier one.
  void give(const std::string& name, const Json& value) {
    std::erase_if(folder_.parameters, [&](const auto& given) { return given.first == name; });
    std::erase_if(folder_.uploads, [&](const Placeholder& upload) { return upload.name == name; });
    if (!value.is_object()) {
      folder_.parameters.emplace_back(name, text_of(value));
      return;
    }
    Placeholder upload{.name = name,
                       .kind = PlaceholderKind::prefix,
                       .upload = std::string(value.text("upload")),
                       .entry_point = std::string(value.text("entry_point"))};
    const std::string_view kind = value.text("kind", "prefix");
    if (kind == "object") upload.kind = PlaceholderKind::object;
    if (kind == "archive") upload.kind = PlaceholderKind::archive;
    if (upload.upload.empty() || (kind != "object" && kind != "archive" && kind != "prefix"))
      problem(
          "{}: a value is a text, a number, a boolean, or {{\"upload\": PATH, \"kind\": \"object\", \"prefix\" or "
          "\"archive\"}}",
          name);
    folder_.uploads.push_back(std::move(upload));
  }

  bool given(std::string_view name) const {
    return std::ranges::any_of(folder_.parameters, [&](const auto& value) { return value.first == name; }) ||
           std::ranges::any_of(folder_.uploads, [&](const Placeholder& upload) { return upload.name == name; });
  }

  void check_parameters() {
    const Json& declared = folder_.definition["Parameters"];
    if (declared.find("Environment") && !given("Environment")) give("Environment", Json(folder_.environment));
    std::vector<std::string_view> names;
    for (const JsonMember& member : declared.is_object() ? declared.members() : std::span<const JsonMember>()) {
      names.push_back(member.key);
      if (!member.value.find("Default") && !given(member.key))
        problem("{}: has no value: give it in config/{}.json or with --set {}=VALUE", member.key, folder_.environment,
                member.key);
    }
    const auto known = [&](const std::string& name) {
      if (std::ranges::find(names, name) != names.end()) return;
      const std::string_view nearest = nearest_word(name, names);
      problem("{}: the template has no such parameter{}{}{}", name, nearest.empty() ? "" : ": did you mean '", nearest,
              nearest.empty() ? "" : "'?");
    };
    for (const auto& [name, value] : folder_.parameters) known(name);
    for (const Placeholder& upload : folder_.uploads) known(upload.name);
  }

  Disk& disk_;
  DeploymentFolder folder_;
  std::vector<std::string> problems_;
};

}  // namespace

Outcome<DeploymentFolder> read_deployment_folder(Disk& disk, const std::string& path, const std::string& environment,
                                                 const std::vector<std::string>& settings) {
  return Reader(disk, path, environment).read(settings);
}

std::vector<LocalReference> find_local_references(const Json& definition, const std::string& path) {
  std::vector<LocalReference> references;
  const Json& resources = definition["Resources"];
  if (!resources.is_object()) return references;
  for (const JsonMember& resource : resources.members()) {
    for (const PackagedProperty& packaged : packaged_properties) {
      const std::string_view value = resource.value["Properties"].text(packaged.property);
      if (resource.value.text("Type") != packaged.type || value.empty() || is_remote(value)) continue;
      const std::string file = (fs::path(path).parent_path() / value).lexically_normal().string();
      references.push_back({resource.key, std::string(packaged.property), packaged.kind, file});
    }
  }
  return references;
}

void set_reference(Json& definition, const LocalReference& reference, Json location) {
  definition.mutable_at("Resources")
      .mutable_at(reference.resource)
      .mutable_at("Properties")
      .set(reference.property, std::move(location));
}

}  // namespace penstock::cli
