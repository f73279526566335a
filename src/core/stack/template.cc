#include "core/stack/template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "core/stack/functions.h"

namespace penstock::stack {

namespace {

constexpr std::array<std::string_view, 10> sections = {"AWSTemplateFormatVersion",
                                                       "Description",
                                                       "Metadata",
                                                       "Parameters",
                                                       "Rules",
                                                       "Mappings",
                                                       "Conditions",
                                                       "Transform",
                                                       "Resources",
                                                       "Outputs"};
constexpr std::array<std::string_view, 9> resource_attributes = {
    "Type",           "Properties",          "DependsOn",      "Condition",   "Metadata",
    "DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy"};
constexpr std::array<std::string_view, 8> pseudo_parameters = {
    "AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue",   "AWS::Partition",
    "AWS::Region",    "AWS::StackId",          "AWS::StackName", "AWS::URLSuffix"};

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool is_alphanumeric(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

constexpr std::string_view no_loops = "Fn::ForEach is not served here: write what it repeats out.";

bool is_loop(std::string_view key) {
  return key.starts_with("Fn::ForEach::");
}

class Checker {
 public:
  explicit Checker(const Template& checked) : template_(checked) {}

  Outcome<void> run() {
    for (auto check :
         {&Checker::check_sections, &Checker::check_transform, &Checker::check_parameters, &Checker::check_resources,
          &Checker::check_outputs, &Checker::check_condition_names, &Checker::check_references}) {
      if (Outcome<void> checked = (this->*check)(); !checked) return checked;
    }
    return {};
  }

 private:
  Error at(const std::string& path, std::string_view what) const {
    return format_error(fmt::format("{}{}", what, template_.text.where(path)));
  }

  Outcome<void> check_sections() const;
  Outcome<void> check_transform() const;
  Outcome<void> check_parameters() const;
  Outcome<void> check_resources() const;
  Outcome<void> check_resource(const std::string& id, const Json& resource) const;
  Outcome<void> check_outputs() const;
  Outcome<void> check_condition_names() const;
  Outcome<void> check_references() const;
  // `resources_too`: whether a resource may be named here.
  Outcome<void> check_value(const Json& value, const std::string& path, std::string_view block,
                            bool resources_too) const;

  bool has(std::string_view section, std::string_view name) const {
    return template_.section(section).find(name) != nullptr;
  }

  const Template& template_;
};

Outcome<void> Checker::check_sections() const {
  std::vector<std::string> unknown;
  for (const JsonMember& member : template_.text.value.members()) {
    if (!holds(sections, member.key)) unknown.push_back(member.key);
  }
  if (!unknown.empty()) {
    return at("/" + unknown[0], fmt::format("Invalid template property or properties [{}]", fmt::join(unknown, ", ")));
  }
  const Json& version = template_.section("AWSTemplateFormatVersion");
  if (!version.is_null() && (!version.is_string() || version.as_string() != "2010-09-09")) {
    return at("/AWSTemplateFormatVersion", "Unsupported AWSTemplateFormatVersion: only 2010-09-09 is known");
  }
  for (std::string_view name : sections) {
    const Json& section = template_.section(name);
    bool free = name == "AWSTemplateFormatVersion" || name == "Transform";
    if (free || section.is_null()) continue;
    if (name == "Description") {
      if (!section.is_string()) return at("/Description", "Every Description member must be a string.");
    } else if (!section.is_object()) {
      return at(fmt::format("/{}", name), fmt::format("{} must be an object.", name));
    }
  }
  return {};
}

Outcome<void> Checker::check_transform() const {
  const Json& transform = template_.section("Transform");
  std::vector<Json> names;
  if (transform.is_array()) {
    names.assign(transform.items().begin(), transform.items().end());
  } else if (!transform.is_null()) {
    names.push_back(transform);
  }
  for (const Json& name : names) {
    std::string_view text = name.is_string() ? name.as_string() : name.text("Name");
    if (text == "AWS::LanguageExtensions") continue;
    return at("/Transform",
              fmt::format("The transform {} is not served here. Served is AWS::LanguageExtensions; expand "
                          "others before, for example with `sam build`.",
                          text));
  }
  return {};
}

Outcome<void> Checker::check_parameters() const {
  if (template_.section("Parameters").size() > parameters_max)
    return at("/Parameters", "Number of parameters is over 200");
  if (!template_.section("Parameters").is_object()) return {};
  for (const JsonMember& parameter : template_.section("Parameters").members()) {
    std::string path = "/Parameters/" + parameter.key;
    if (!is_alphanumeric(parameter.key)) {
      return at(path, fmt::format("Parameter name {} is non alphanumeric.", parameter.key));
    }
    if (!parameter.value.is_object() || parameter.value.text("Type").empty()) {
      return at(path, fmt::format("Every Parameters object must contain a Type member: {}.", parameter.key));
    }
  }
  return {};
}

Outcome<void> Checker::check_resource(const std::string& id, const Json& resource) const {
  std::string path = "/Resources/" + id;
  if (is_loop(id)) return at(path, no_loops);
  if (!is_alphanumeric(id)) return at(path, fmt::format("Resource name {} is non alphanumeric.", id));
  if (!resource.is_object()) return at(path, fmt::format("[{}] must be an object", path));
  if (resource.text("Type").empty()) {
    return at(path, fmt::format("[{}] Every Resources object must contain a Type member.", path));
  }
  for (const JsonMember& member : resource.members()) {
    if (!holds(resource_attributes, member.key)) {
      return at(path + "/" + member.key, fmt::format("Invalid template resource property '{}'", member.key));
    }
  }
  if (const Json* properties = resource.find("Properties");
      properties && !properties->is_object() && !properties->is_null()) {
    return at(path, fmt::format("[{}/Properties] must be an object", path));
  }
  for (const char* policy : {"DeletionPolicy", "UpdateReplacePolicy"}) {
    const Json* given = resource.find(policy);
    if (!given || is_call(*given)) continue;
    std::string_view text = resource.text(policy);
    bool known = text == "Delete" || text == "Retain" || text == "Snapshot" ||
                 (text == "RetainExceptOnCreate" && std::string_view(policy) == "DeletionPolicy");
    if (!known) return at(path + "/" + policy, fmt::format("Unrecognized {} {} for resource {}", policy, text, id));
  }
  return {};
}

Outcome<void> Checker::check_resources() const {
  const Json& resources = template_.section("Resources");
  if (resources.size() == 0) return format_error("At least one Resources member must be defined.");
  if (resources.size() > resources_max) {
    return format_error(
        fmt::format("Number of resources, {}, is greater than maximum allowed, {}", resources.size(), resources_max));
  }
  for (const JsonMember& resource : resources.members()) {
    if (Outcome<void> checked = check_resource(resource.key, resource.value); !checked) return checked;
    if (has("Parameters", resource.key)) {
      return at("/Resources/" + resource.key,
                fmt::format("Resource name {} is also the name of a parameter", resource.key));
    }
  }
  return {};
}

Outcome<void> Checker::check_outputs() const {
  if (template_.section("Outputs").size() > outputs_max) return at("/Outputs", "Number of outputs is over 200");
  if (!template_.section("Outputs").is_object()) return {};
  for (const JsonMember& output : template_.section("Outputs").members()) {
    std::string path = "/Outputs/" + output.key;
    if (is_loop(output.key)) return at(path, no_loops);
    if (!is_alphanumeric(output.key)) return at(path, fmt::format("Output name {} is non alphanumeric.", output.key));
    if (!output.value.is_object() || !output.value.find("Value")) {
      return at(path, fmt::format("Output {} is malformed. The Value field of every Outputs member must be specified.",
                                  output.key));
    }
  }
  return {};
}

Outcome<void> Checker::check_condition_names() const {
  for (const char* section : {"Resources", "Outputs"}) {
    if (!template_.section(section).is_object()) continue;
    for (const JsonMember& member : template_.section(section).members()) {
      const Json* condition = member.value.find("Condition");
      if (!condition) continue;
      std::string path = fmt::format("/{}/{}/Condition", section, member.key);
      if (!condition->is_string()) return at(path, "Every Condition member must be a string.");
      if (!has("Conditions", condition->as_string())) {
        return at(path, fmt::format("Unresolved condition dependency {} in the {} block of the template",
                                    condition->as_string(), section));
      }
    }
  }
  return {};
}

Outcome<void> Checker::check_value(const Json& value, const std::string& path, std::string_view block,
                                   bool resources_too) const {
  std::vector<std::string> unresolved;
  std::optional<Error> wrong;
  auto use = [&](const Reference& reference) {
    using Kind = Reference::Kind;
    bool resource = has("Resources", reference.name);
    if (reference.kind == Kind::condition && !has("Conditions", reference.name) && !wrong) {
      wrong = at(path, fmt::format("Unresolved condition dependency {} in the {} block of the template", reference.name,
                                   block));
    } else if (reference.kind == Kind::mapping && !has("Mappings", reference.name) && !wrong) {
      wrong = template_error(fmt::format("Mapping named '{}' is not present in the 'Mappings' section of template.{}",
                                         reference.name, template_.text.where(path)));
    } else if (reference.kind == Kind::attribute && !(resource && resources_too) && !wrong) {
      wrong = template_error(fmt::format("instance of Fn::GetAtt references undefined resource {}{}", reference.name,
                                         template_.text.where(path)));
    } else if (reference.kind == Kind::name) {
      bool known =
          has("Parameters", reference.name) || holds(pseudo_parameters, reference.name) || (resource && resources_too);
      if (!known && !holds(unresolved, reference.name)) unresolved.push_back(reference.name);
    }
  };
  Outcome<void> visited = visit_references(value, use);
  if (!visited) return Error{"ValidationError", visited.error().message + template_.text.where(path)};
  if (!unresolved.empty()) {
    return at(path, fmt::format("Unresolved resource dependencies [{}] in the {} block of the template",
                                fmt::join(unresolved, ", "), block));
  }
  if (wrong) return *wrong;
  return {};
}

Outcome<void> Checker::check_references() const {
  if (template_.section("Conditions").is_object()) {
    for (const JsonMember& condition : template_.section("Conditions").members()) {
      Outcome<void> checked = check_value(condition.value, "/Conditions/" + condition.key, "Conditions", false);
      if (!checked) return checked;
    }
  }
  for (const JsonMember& resource : template_.section("Resources").members()) {
    std::string path = "/Resources/" + resource.key;
    for (const std::string& other : depends_on(resource.value)) {
      if (!has("Resources", other)) {
        return at(path + "/DependsOn",
                  fmt::format("Unresolved resource dependencies [{}] in the Resources block of the template", other));
      }
    }
    if (!resource.value["Properties"].is_object()) continue;
    for (const JsonMember& property : resource.value["Properties"].members()) {
      Outcome<void> checked = check_value(property.value, path + "/Properties/" + property.key, "Resources", true);
      if (!checked) return checked;
    }
  }
  if (!template_.section("Outputs").is_object()) return {};
  for (const JsonMember& output : template_.section("Outputs").members()) {
    for (const char* member : {"Value", "Export"}) {
      Outcome<void> checked =
          check_value(output.value[member], fmt::format("/Outputs/{}/{}", output.key, member), "Outputs", true);
      if (!checked) return checked;
    }
  }
  return {};
}

// A reference written as text in Fn::Sub: "A" or "A.B".
Reference sub_reference(const std::string& variable) {
  size_t dot = variable.find('.');
  if (dot == std::string::npos) return {Reference::Kind::name, variable, {}};
  return {Reference::Kind::attribute, variable.substr(0, dot), variable.substr(dot + 1)};
}

Outcome<void> visit_sub(const Json& argument, const std::function<void(const Reference&)>& use) {
  const Json& text = argument.is_array() ? argument[size_t{0}] : argument;
  const Json& variables = argument.is_array() ? argument[size_t{1}] : Json();
  if (!text.is_string() || (argument.is_array() && argument.size() != 2)) {
    return template_error(
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, "
        "and an optional second argument to specify a mapping of values to replace in the string");
  }
  Outcome<std::vector<SubPiece>> pieces = parse_sub(text.as_string());
  if (!pieces) return pieces.error();
  for (const SubPiece& piece : *pieces) {
    if (!piece.variable.empty() && !variables.find(piece.variable)) use(sub_reference(piece.variable));
  }
  return visit_references(variables, use);
}

Outcome<void> visit_call(const std::string& name, const Json& argument,
                         const std::function<void(const Reference&)>& use) {
  using Kind = Reference::Kind;
  if (name == "Ref") {
    if (!argument.is_string()) return template_error("every Ref object must have a single String value.");
    use({Kind::name, std::string(argument.as_string()), {}});
    return {};
  }
  if (name == "Fn::GetAtt") {
    Reference reference{Kind::attribute, {}, {}};
    if (argument.is_string()) {
      reference = sub_reference(std::string(argument.as_string()));
    } else if (argument.size() == 2 && argument[size_t{0}].is_string()) {
      reference.name = argument[size_t{0}].as_string();
      if (argument[size_t{1}].is_string()) reference.attribute = argument[size_t{1}].as_string();
    }
    if (reference.name.empty() || reference.kind != Kind::attribute) {
      return template_error(
          "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute");
    }
    use(reference);
    return argument.is_array() ? visit_references(argument[size_t{1}], use) : Outcome<void>();
  }
  if (name == "Fn::Sub") return visit_sub(argument, use);
  if (is_loop(name)) return format_error(no_loops);
  if (!is_function(name)) return template_error(fmt::format("Unrecognized function {}", name));
  if (name == "Fn::If" && argument[size_t{0}].is_string()) {
    use({Kind::condition, std::string(argument[size_t{0}].as_string()), {}});
  }
  if (name == "Fn::FindInMap" && argument[size_t{0}].is_string()) {
    use({Kind::mapping, std::string(argument[size_t{0}].as_string()), {}});
  }
  return visit_references(argument, use);
}

}  // namespace

Outcome<void> visit_references(const Json& value, const std::function<void(const Reference&)>& use) {
  if (is_call(value)) return visit_call(value.members()[0].key, value.members()[0].value, use);
  if (value.is_array()) {
    for (const Json& item : value.items()) {
      // {"Condition": "Name"} stands for a condition only as an operand of a condition function, always in a list.
      const Json* condition = item.size() == 1 ? item.find("Condition") : nullptr;
      if (condition && condition->is_string())
        use({Reference::Kind::condition, std::string(condition->as_string()), {}});
      if (Outcome<void> visited = visit_references(item, use); !visited) return visited;
    }
  } else if (value.is_object()) {
    for (const JsonMember& member : value.members()) {
      if (is_loop(member.key)) return format_error(no_loops);
      if (Outcome<void> visited = visit_references(member.value, use); !visited) return visited;
    }
  }
  return {};
}

std::vector<std::string> depends_on(const Json& resource) {
  std::vector<std::string> names;
  const Json& given = resource["DependsOn"];
  if (given.is_string()) names.emplace_back(given.as_string());
  if (given.is_array()) {
    for (const Json& name : given.items()) {
      if (name.is_string()) names.emplace_back(name.as_string());
    }
  }
  return names;
}

Outcome<Template> parse_template(std::string body) {
  if (trim(body).empty()) return Error{"ValidationError", "Template body is empty."};
  Outcome<TemplateText> text = read_template_text(body);
  if (!text) return text.error();
  Template parsed{std::move(body), std::move(*text)};
  if (Outcome<void> checked = Checker(parsed).run(); !checked) return checked.error();
  return parsed;
}

}  // namespace penstock::stack
