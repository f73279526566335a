#include "cli/pipeline_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/encoding.h"
#include "core/stack/template_text.h"

namespace penstock::cli {

namespace {

constexpr std::array<std::pair<std::string_view, PlaceholderKind>, 8> kinds = {{
    {"text", PlaceholderKind::text},
    {"number", PlaceholderKind::number},
    {"boolean", PlaceholderKind::boolean},
    {"object", PlaceholderKind::object},
    {"prefix", PlaceholderKind::prefix},
    {"archive", PlaceholderKind::archive},
    {"bucket", PlaceholderKind::bucket},
    {"role", PlaceholderKind::role},
}};

Error invalid(const std::string& path, const YAML::Mark& mark, std::string message) {
  return Error{"InvalidPipelineFile", fmt::format("{}:{}: {}", path, mark.line + 1, message)};
}

// A member that this version does not know is a typing mistake more often than not: name the nearest one.
Outcome<void> check_members(const std::string& path, const YAML::Node& map,
                            const std::vector<std::string_view>& known) {
  std::vector<std::string> seen;
  for (const auto& member : map) {
    const auto key = member.first.as<std::string>();
    if (std::ranges::find(known, key) == known.end()) {
      const auto nearest = nearest_word(key, known);
      return invalid(path, member.first.Mark(),
                     nearest.empty() ? fmt::format("unknown member '{}': known are {}", key, fmt::join(known, ", "))
                                     : fmt::format("unknown member '{}': did you mean '{}'?", key, nearest));
    }
    if (std::ranges::find(seen, key) != seen.end()) {
      return invalid(path, member.first.Mark(), fmt::format("'{}' is given twice", key));
    }
    seen.push_back(key);
  }
  return {};
}

Json scalar_value(const YAML::Node& node, PlaceholderKind kind) {
  const auto& text = node.Scalar();
  if (kind == PlaceholderKind::number || kind == PlaceholderKind::boolean) {
    const auto parsed = parse_json(text);
    if (parsed && (parsed->is_number() || parsed->is_boolean())) return *parsed;
  }
  return Json(text);
}

Outcome<Placeholder> read_placeholder(const std::string& path, const std::string& name, const YAML::Node& node) {
  Placeholder placeholder;
  placeholder.name = name;
  if (!node.IsMap()) return invalid(path, node.Mark(), fmt::format("'{}' must be a map such as {{kind: text}}", name));
  if (auto checked = check_members(path, node, {"kind", "default", "upload", "entry_point"}); !checked) {
    return checked.error();
  }
  if (const YAML::Node kind = node["kind"]) {
    const auto found = std::ranges::find(kinds, kind.Scalar(), [](const auto& entry) { return entry.first; });
    if (found == kinds.end()) {
      std::vector<std::string_view> names;
      for (const auto& entry : kinds) names.push_back(entry.first);
      return invalid(path, kind.Mark(),
                     fmt::format("unknown kind '{}': known are {}", kind.Scalar(), fmt::join(names, ", ")));
    }
    placeholder.kind = found->second;
  }
  if (const YAML::Node value = node["default"]) placeholder.value = scalar_value(value, placeholder.kind);
  if (const YAML::Node upload = node["upload"]) placeholder.upload = upload.Scalar();
  if (const YAML::Node entry_point = node["entry_point"]) placeholder.entry_point = entry_point.Scalar();
  return placeholder;
}

bool is_yaml(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml");
}

// A definition's JSON; one in a YAML file is read as CloudFormation reads it.
Outcome<std::string> definition_text(const std::string& path, std::string text) {
  if (!is_yaml(path)) return text;
  Outcome<stack::TemplateText> yaml = stack::read_template_text(text);
  if (yaml) return to_string(yaml->value);
  constexpr std::string_view template_error = "Template format error: ";
  std::string_view what = yaml.error().message;
  if (what.starts_with(template_error)) what.remove_prefix(template_error.size());
  return Error{"InvalidDefinition", fmt::format("{}: {}", path, what)};
}

Outcome<std::string> read_definition(Disk& disk, const std::string& path) {
  auto text = disk.read_file(path);
  if (!text) return text.error();
  return definition_text(path, *std::move(text));
}

PipelineFile bare_definition(const std::string& path, std::string definition) {
  PipelineFile file;
  file.folder = std::filesystem::path(path).parent_path().string();
  file.name = std::filesystem::path(path).stem().stem().string();
  file.definition = std::move(definition);
  return file;
}

// A YAML file is a manifest, or a definition as the AWS Toolkit and SAM write it.
Outcome<PipelineFile> read_yaml(Disk& disk, const std::string& path, const std::string& text) {
  const YAML::Node root = YAML::Load(text);
  if (!root.IsMap())
    return invalid(path, root.Mark(), "a pipeline file is a map with name, definition and placeholders");
  if (root["StartAt"] || root["States"]) {
    Outcome<std::string> definition = definition_text(path, text);
    if (!definition) return definition.error();
    return bare_definition(path, *std::move(definition));
  }
  PipelineFile file;
  file.folder = std::filesystem::path(path).parent_path().string();
  if (file.folder.empty()) file.folder = ".";
  if (auto checked = check_members(path, root, {"name", "definition", "placeholders"}); !checked)
    return checked.error();
  for (const char* needed : {"name", "definition"}) {
    if (!root[needed]) return invalid(path, root.Mark(), fmt::format("'{}' is missing", needed));
  }
  file.name = root["name"].as<std::string>();
  auto definition =
      read_definition(disk, (std::filesystem::path(file.folder) / root["definition"].as<std::string>()).string());
  if (!definition) return definition.error();
  file.definition = *std::move(definition);
  for (const auto& member : root["placeholders"]) {
    auto placeholder = read_placeholder(path, member.first.as<std::string>(), member.second);
    if (!placeholder) return placeholder.error();
    file.placeholders.push_back(*std::move(placeholder));
  }
  return file;
}

class PlaceholderFinder {
 public:
  std::vector<PlaceholderUse> find(const Json& definition) {
    first_state_ = std::string(definition.text("StartAt"));
    for (const auto& member :
         definition["States"].is_object() ? definition["States"].members() : std::span<const JsonMember>{}) {
      in_first_state_ = paths_read_input_ = member.key == first_state_;
      visit(member.value, "/States/" + member.key, member.key);
    }
    return std::move(uses_);
  }

 private:
  void visit(const Json& value, const std::string& location, std::string_view key) {
    if (value.is_object()) {
      for (const auto& member : value.members()) visit_member(member, location);
    } else if (value.is_array()) {
      for (size_t index = 0; index < value.size(); ++index)
        visit(value[index], fmt::format("{}/{}", location, index), key);
    } else if (value.is_string() && value.as_string().starts_with("{%")) {
      scan_jsonata(value.as_string(), location);
    } else if (value.is_string() && (key.ends_with(".$") || key.ends_with("Path") || key == "Variable")) {
      scan(value.as_string(), location);
    }
  }

  void visit_member(const JsonMember& member, const std::string& location) {
    const bool inner = member.key == "Iterator" || member.key == "ItemProcessor" || member.key == "Branches";
    // A child execution's input is its item.
    if (inner && member.value["ProcessorConfig"].text("Mode") == "DISTRIBUTED") return;
    // What a state has after its work no longer reads the execution's input by a path; an expression still does.
    const bool reads_input = member.key != "ResultSelector" && member.key != "OutputPath" &&
                             member.key != "ResultPath" && member.key != "Catch" && member.key != "ItemSelector";
    const bool saved_state = in_first_state_, saved_paths = paths_read_input_;
    in_first_state_ = in_first_state_ && !inner;
    paths_read_input_ = paths_read_input_ && reads_input && !inner;
    visit(member.value, location + "/" + member.key, member.key);
    in_first_state_ = saved_state;
    paths_read_input_ = saved_paths;
  }

  void scan(std::string_view text, const std::string& location) {
    scan_for(text, "$$.Execution.Input", path_ends, location);
    if (!paths_read_input_) return;
    for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
      const bool context = (at + 1 < text.size() && text[at + 1] == '$') || (at > 0 && text[at - 1] == '$');
      if (!context) add(name_at(text, at + 1, path_ends), location);
    }
  }

  void scan_jsonata(std::string_view text, const std::string& location) {
    scan_for(text, "$states.context.Execution.Input", expression_ends, location);
    if (in_first_state_) scan_for(text, "$states.input", expression_ends, location);
  }

  void scan_for(std::string_view text, std::string_view root, std::string_view ends, const std::string& location) {
    for (size_t at = text.find(root); at != std::string_view::npos; at = text.find(root, at + 1)) {
      add(name_at(text, at + root.size(), ends), location);
    }
  }

  // The member name that follows: ".Name", "['Name']" or ".`Name`"; empty when none does.
  static std::string name_at(std::string_view text, size_t at, std::string_view ends) {
    const std::string_view rest = text.substr(std::min(at, text.size()));
    if (rest.starts_with("['") || rest.starts_with("[\"")) {
      const size_t end = rest.find(rest[1], 2);
      return end == std::string_view::npos ? "" : std::string(rest.substr(2, end - 2));
    }
    if (rest.starts_with(".`")) {
      const size_t end = rest.find('`', 2);
      return end == std::string_view::npos ? "" : std::string(rest.substr(2, end - 2));
    }
    if (!rest.starts_with('.')) return "";
    const size_t end = rest.find_first_of(ends, 1);
    return std::string(rest.substr(1, end == std::string_view::npos ? end : end - 1));
  }

  void add(std::string name, const std::string& location) {
    if (name.empty()) return;
    auto use = std::ranges::find(uses_, name, &PlaceholderUse::name);
    if (use == uses_.end()) use = uses_.insert(uses_.end(), PlaceholderUse{std::move(name), {}});
    if (use->locations.empty() || use->locations.back() != location) use->locations.push_back(location);
  }

  // What ends a name behind a dot.
  static constexpr std::string_view path_ends = ".[], )\t";
  static constexpr std::string_view expression_ends = ".[](){}, \t\n+-*/&=<>!?:%|^~;\"'";

  std::string first_state_;
  bool in_first_state_ = false;    // whose input is the execution's, to an expression anywhere in it
  bool paths_read_input_ = false;  // and to a path here
  std::vector<PlaceholderUse> uses_;
};

}  // namespace

Outcome<PipelineFile> read_pipeline_file(Disk& disk, const std::string& path) {
  auto text = disk.read_file(path);
  if (!text) return text.error();
  if (!is_yaml(path)) return bare_definition(path, *std::move(text));
  try {  // yaml-cpp reports by exception
    return read_yaml(disk, path, *text);
  } catch (const YAML::Exception& problem) {
    return invalid(path, problem.mark, problem.msg);
  }
}

std::vector<PlaceholderUse> find_placeholders(const Json& definition) {
  return PlaceholderFinder().find(definition);
}

}  // namespace penstock::cli
