#include "core/stack/template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/encoding.h"
#include "core/stack/functions.h"
#include "core/stack/graph.h"
#include "core/stack/loops.h"
#include "core/stack/parameters.h"

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
constexpr std::array<std::string_view, 11> parameter_attributes = {
    "Type",     "Default",  "AllowedValues", "AllowedPattern",        "MinLength", "MaxLength",
    "MinValue", "MaxValue", "Description",   "ConstraintDescription", "NoEcho"};
constexpr size_t description_bytes_max = 1'024;
constexpr size_t mappings_max = 200;
constexpr size_t problems_max = 20;  // told at once
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

// The functions that only the transform brings.
constexpr std::array<std::string_view, 2> extended_functions = {"Fn::Length", "Fn::ToJsonString"};

bool holds_function(const Json& value, std::string_view name) {
  if (value.is_array()) {
    return std::ranges::any_of(value.items(), [&](const Json& item) { return holds_function(item, name); });
  }
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.members(), [&](const JsonMember& member) {
    return member.key == name || holds_function(member.value, name);
  });
}

// Whether an Fn::FindInMap in it has a fourth argument.
bool holds_default_value(const Json& value) {
  if (value.is_array()) return std::ranges::any_of(value.items(), holds_default_value);
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.members(), [&](const JsonMember& member) {
    return (member.key == "Fn::FindInMap" && member.value.size() > 3) || holds_default_value(member.value);
  });
}

// Finds everything that is wrong, not only the first thing.
class Checker {
 public:
  explicit Checker(const Template& checked) : template_(checked) {}

  Outcome<void> run() {
    for (auto check :
         {&Checker::check_sections, &Checker::check_transform, &Checker::check_extensions, &Checker::check_parameters,
          &Checker::check_mappings, &Checker::check_conditions, &Checker::check_rules, &Checker::check_resources,
          &Checker::check_outputs, &Checker::check_condition_names, &Checker::check_references}) {
      (this->*check)();
    }
    if (wrong_.empty()) check_circles();
    if (wrong_.empty()) return {};
    return Error{"ValidationError", fmt::format("{}", fmt::join(wrong_, "\n"))};
  }

 private:
  void wrong(const std::string& path, std::string_view what) {
    say(format_error(fmt::format("{}{}", what, template_.text.where(path))));
  }
  void say(const Error& error) {
    if (!holds(wrong_, error.message) && wrong_.size() < problems_max) wrong_.push_back(error.message);
  }

  void check_sections();
  void check_transform();
  void check_extensions();
  void check_parameters();
  void check_parameter(const JsonMember& parameter);
  void check_mappings();
  void check_conditions();
  void check_rules();
  void check_circles();
  void check_count(std::string_view section, size_t most);
  // CloudFormation takes no null anywhere.
  void check_nulls(const Json& value, const std::string& path);
  void check_resources();
  void check_resource(const std::string& id, const Json& resource);
  void check_policies(const std::string& id, const Json& resource);
  void check_outputs();
  void check_condition_names();
  void check_references();
  // `resources_too`: whether a resource may be named here.
  void check_value(const Json& value, const std::string& path, std::string_view block, bool resources_too);
  void check_use(const Reference& reference, const std::string& path, std::string_view block, bool resources_too);

  bool has(std::string_view section, std::string_view name) const {
    return template_.section(section).find(name) != nullptr;
  }
  std::span<const JsonMember> members(std::string_view section) const {
    const Json& found = template_.section(section);
    return found.is_object() ? found.members() : std::span<const JsonMember>();
  }

  const Template& template_;
  std::vector<std::string> wrong_;
};

void Checker::check_sections() {
  std::vector<std::string> unknown;
  for (const JsonMember& member : template_.text.value.members()) {
    if (!holds(sections, member.key)) unknown.push_back(member.key);
  }
  if (!unknown.empty()) {
    wrong("/" + unknown[0], fmt::format("Invalid template property or properties [{}]", fmt::join(unknown, ", ")));
  }
  const Json& version = template_.section("AWSTemplateFormatVersion");
  if (!version.is_null() && (!version.is_string() || version.as_string() != "2010-09-09")) {
    wrong("/AWSTemplateFormatVersion", "Unsupported AWSTemplateFormatVersion: only 2010-09-09 is known");
  }
  for (std::string_view name : sections) {
    const Json& section = template_.section(name);
    bool free = name == "AWSTemplateFormatVersion" || name == "Transform";
    if (free || section.is_null()) continue;
    if (name == "Description") {
      if (!section.is_string()) wrong("/Description", "Every Description member must be a string.");
      bool too_long = section.is_string() && section.as_string().size() > description_bytes_max;
      if (too_long) wrong("/Description", "'Description' length is greater than 1024.");
    } else if (!section.is_object()) {
      wrong(fmt::format("/{}", name), fmt::format("{} must be an object.", name));
    } else {
      check_nulls(section, fmt::format("/{}", name));
    }
  }
}

void Checker::check_transform() {
  for (const std::string& name : transforms_of(template_)) {
    if (name == language_extensions) continue;
    wrong("/Transform", fmt::format("The transform {} is not served here. Served is AWS::LanguageExtensions; expand "
                                    "others before, for example with `sam build`.",
                                    name));
  }
}

void Checker::check_extensions() {
  if (extends_language(template_)) return;
  for (std::string_view name : extended_functions) {
    for (std::string_view section : {"Conditions", "Resources", "Outputs"}) {
      if (!holds_function(template_.section(section), name)) continue;
      wrong(fmt::format("/{}", section),
            fmt::format("{} needs the template's line Transform: {}", name, language_extensions));
    }
  }
  for (std::string_view section : {"Conditions", "Resources", "Outputs"}) {
    if (!holds_default_value(template_.section(section))) continue;
    wrong(fmt::format("/{}", section),
          fmt::format("DefaultValue of Fn::FindInMap needs the template's line Transform: {}", language_extensions));
  }
}

void Checker::check_count(std::string_view section, size_t most) {
  size_t count = members(section).size();
  if (count <= most) return;
  std::string_view what = section == "Outputs" ? "outputs" : section == "Mappings" ? "mappings" : "parameters";
  wrong(fmt::format("/{}", section),
        fmt::format("Number of {}, {}, is greater than maximum allowed, {}", what, count, most));
}

void Checker::check_parameters() {
  check_count("Parameters", parameters_max);
  for (const JsonMember& parameter : members("Parameters")) check_parameter(parameter);
}

void Checker::check_parameter(const JsonMember& parameter) {
  std::string path = "/Parameters/" + parameter.key;
  if (!is_alphanumeric(parameter.key)) {
    wrong(path, fmt::format("Parameter name {} is non alphanumeric.", parameter.key));
  }
  if (!parameter.value.is_object() || parameter.value.text("Type").empty()) {
    return wrong(path, fmt::format("Every Parameters object must contain a Type member: {}.", parameter.key));
  }
  Outcome<void> known = check_type(parameter.key, parameter.value.text("Type"));
  if (!known) return say({"ValidationError", known.error().message + template_.text.where(path + "/Type")});
  for (const JsonMember& member : parameter.value.members()) {
    if (!holds(parameter_attributes, member.key)) {
      wrong(path + "/" + member.key, fmt::format("Invalid template parameter property '{}'", member.key));
    }
  }
  const Json* given = parameter.value.find("Default");
  std::string text;
  if (!given || given->is_null()) return;
  if (!scalar_text(*given, text)) return wrong(path + "/Default", "Every Default member must be a string.");
  Outcome<void> fits = check_parameter_value(parameter.key, parameter.value, text);
  if (!fits) say({"ValidationError", fits.error().message + template_.text.where(path + "/Default")});
}

void Checker::check_mappings() {
  check_count("Mappings", mappings_max);
  for (const JsonMember& mapping : members("Mappings")) {
    std::string path = "/Mappings/" + mapping.key;
    if (!mapping.value.is_object() || mapping.value.size() == 0) {
      wrong(path, fmt::format("Every Mappings member must be a map: {} is none.", mapping.key));
      continue;
    }
    for (const JsonMember& entry : mapping.value.members()) {
      if (!entry.value.is_object()) {
        wrong(path + "/" + entry.key,
              fmt::format("Every Mappings member must hold maps: {} of {} is none.", entry.key, mapping.key));
        continue;
      }
      for (const JsonMember& attribute : entry.value.members()) {
        if (!attribute.value.is_object()) continue;
        wrong(fmt::format("{}/{}/{}", path, entry.key, attribute.key),
              "Every Mappings attribute must be a String or a List.");
      }
    }
  }
}

// The conditions that each condition needs: a circle has no truth.
void Checker::check_conditions() {
  Needs needs;
  for (const JsonMember& condition : members("Conditions")) {
    std::string path = "/Conditions/" + condition.key;
    if (!condition.value.is_object() || condition.value.size() != 1) {
      wrong(path, "Conditions can only be boolean operations on parameters and other conditions");
      continue;
    }
    std::set<std::string>& own = needs[condition.key];
    Json listed(std::vector<Json>{condition.value});  // {"Condition": "Other"} counts in a list
    Outcome<void> visited = visit_references(listed, [&](const Reference& reference) {
      if (reference.kind == Reference::Kind::condition && has("Conditions", reference.name)) own.insert(reference.name);
    });
    if (!visited) own.clear();  // said with the other references
  }
  for (const std::string& name : in_circle(needs)) {
    say(template_error(fmt::format("Found circular condition dependency on: {}{}", name,
                                   template_.text.where("/Conditions/" + name))));
  }
}

void Checker::check_rules() {
  for (const JsonMember& rule : members("Rules")) {
    std::string path = "/Rules/" + rule.key;
    const Json& assertions = rule.value["Assertions"];
    if (!assertions.is_array() || assertions.size() == 0) {
      wrong(path, fmt::format("Rule {} must have a list of Assertions.", rule.key));
      continue;
    }
    check_value(rule.value["RuleCondition"], path + "/RuleCondition", "Rules", false);
    for (size_t index = 0; index < assertions.size(); ++index) {
      std::string place = fmt::format("{}/Assertions/{}", path, index);
      if (!assertions[index].find("Assert"))
        wrong(place, fmt::format("Every assertion of rule {} needs an Assert.", rule.key));
      check_value(assertions[index]["Assert"], place, "Rules", false);
    }
  }
}

// Of resources that are made whatever the parameters are.
void Checker::check_circles() {
  std::set<std::string> certain;
  for (const JsonMember& resource : members("Resources")) {
    if (!resource.value.find("Condition")) certain.insert(resource.key);
  }
  if (Outcome<Needs> needs = dependencies(template_, certain); !needs) say(needs.error());
}

void Checker::check_nulls(const Json& value, const std::string& path) {
  if (value.is_null()) {
    return say({"ValidationError",
                fmt::format("[{}] 'null' values are not allowed in templates{}", path, template_.text.where(path))});
  }
  if (value.is_object()) {
    for (const JsonMember& member : value.members()) check_nulls(member.value, path + "/" + member.key);
  }
  for (size_t index = 0; value.is_array() && index < value.size(); ++index) {
    check_nulls(value[index], fmt::format("{}/{}", path, index));
  }
}

void Checker::check_policies(const std::string& id, const Json& resource) {
  for (const char* policy : {"DeletionPolicy", "UpdateReplacePolicy"}) {
    const Json* given = resource.find(policy);
    std::string path = fmt::format("/Resources/{}/{}", id, policy);
    if (!given) continue;
    if (is_call(*given)) {
      if (!extends_language(template_)) {
        wrong(path, fmt::format("Every {} member must be a string; functions there need the template's line "
                                "Transform: {}",
                                policy, language_extensions));
      }
      continue;
    }
    if (!is_policy(policy, given->is_string() ? given->as_string() : std::string_view())) {
      wrong(path, fmt::format("Unrecognized {} {} for resource {}", policy, to_string(*given), id));
    }
  }
  for (const char* policy : {"CreationPolicy", "UpdatePolicy"}) {
    const Json* given = resource.find(policy);
    if (given && !given->is_object()) {
      wrong(fmt::format("/Resources/{}/{}", id, policy),
            fmt::format("{} of resource {} must be an object", policy, id));
    }
  }
}

void Checker::check_resource(const std::string& id, const Json& resource) {
  std::string path = "/Resources/" + id;
  if (!is_alphanumeric(id)) return wrong(path, fmt::format("Resource name {} is non alphanumeric.", id));
  if (!resource.is_object()) return wrong(path, fmt::format("[{}] must be an object", path));
  if (resource.text("Type").empty()) {
    wrong(path, fmt::format("[{}] Every Resources object must contain a Type member.", path));
  }
  for (const JsonMember& member : resource.members()) {
    if (!holds(resource_attributes, member.key)) {
      wrong(path + "/" + member.key, fmt::format("Invalid template resource property '{}'", member.key));
    }
  }
  if (const Json* properties = resource.find("Properties");
      properties && !properties->is_object() && !properties->is_null()) {
    wrong(path, fmt::format("[{}/Properties] must be an object", path));
  }
  check_policies(id, resource);
  if (has("Parameters", id)) wrong(path, fmt::format("Resource name {} is also the name of a parameter", id));
}

void Checker::check_resources() {
  size_t count = members("Resources").size();
  if (count == 0) say(format_error("At least one Resources member must be defined."));
  if (count > resources_max) {
    say(format_error(
        fmt::format("Number of resources, {}, is greater than maximum allowed, {}", count, resources_max)));
  }
  for (const JsonMember& resource : members("Resources")) check_resource(resource.key, resource.value);
}

void Checker::check_outputs() {
  check_count("Outputs", outputs_max);
  for (const JsonMember& output : members("Outputs")) {
    std::string path = "/Outputs/" + output.key;
    if (!is_alphanumeric(output.key)) wrong(path, fmt::format("Output name {} is non alphanumeric.", output.key));
    if (!output.value.is_object() || !output.value.find("Value")) {
      wrong(path, fmt::format("Output {} is malformed. The Value field of every Outputs member must be specified.",
                              output.key));
    }
  }
}

void Checker::check_condition_names() {
  for (const char* section : {"Resources", "Outputs"}) {
    for (const JsonMember& member : members(section)) {
      const Json* condition = member.value.find("Condition");
      if (!condition) continue;
      std::string path = fmt::format("/{}/{}/Condition", section, member.key);
      if (!condition->is_string()) {
        wrong(path, "Every Condition member must be a string.");
      } else if (!has("Conditions", condition->as_string())) {
        wrong(path, fmt::format("Unresolved condition dependency {} in the {} block of the template",
                                condition->as_string(), section));
      }
    }
  }
}

void Checker::check_use(const Reference& reference, const std::string& path, std::string_view block,
                        bool resources_too) {
  using Kind = Reference::Kind;
  bool resource = has("Resources", reference.name);
  if (reference.kind == Kind::condition && !has("Conditions", reference.name)) {
    wrong(path,
          fmt::format("Unresolved condition dependency {} in the {} block of the template", reference.name, block));
  }
  if (reference.kind == Kind::mapping && !has("Mappings", reference.name)) {
    say(template_error(fmt::format("Mapping named '{}' is not present in the 'Mappings' section of template.{}",
                                   reference.name, template_.text.where(path))));
  }
  if (reference.kind == Kind::attribute && resource && !resources_too) {
    return wrong(path, fmt::format("Unresolved dependencies [{}]. Cannot reference resources in the {} block of the "
                                   "template",
                                   reference.name, block));
  }
  if (reference.kind == Kind::attribute && !resource) {
    say(template_error(fmt::format("instance of Fn::GetAtt references undefined resource {}{}", reference.name,
                                   template_.text.where(path))));
  }
}

void Checker::check_value(const Json& value, const std::string& path, std::string_view block, bool resources_too) {
  std::vector<std::string> unresolved;
  Outcome<void> visited = visit_references(value, [&](const Reference& reference) {
    if (reference.kind != Reference::Kind::name) return check_use(reference, path, block, resources_too);
    bool known = has("Parameters", reference.name) || holds(pseudo_parameters, reference.name) ||
                 (has("Resources", reference.name) && resources_too);
    if (!known && !holds(unresolved, reference.name)) unresolved.push_back(reference.name);
  });
  if (!visited) say({"ValidationError", visited.error().message + template_.text.where(path)});
  if (unresolved.empty()) return;
  if (!resources_too) {
    return wrong(path, fmt::format("Unresolved dependencies [{}]. Cannot reference resources in the {} block of the "
                                   "template",
                                   fmt::join(unresolved, ", "), block));
  }
  wrong(path, fmt::format("Unresolved resource dependencies [{}] in the {} block of the template",
                          fmt::join(unresolved, ", "), block));
}

void Checker::check_references() {
  for (const JsonMember& condition : members("Conditions")) {
    check_value(condition.value, "/Conditions/" + condition.key, "Conditions", false);
  }
  for (const JsonMember& resource : members("Resources")) {
    std::string path = "/Resources/" + resource.key;
    const Json& waits = resource.value["DependsOn"];
    bool texts = waits.is_array() && std::ranges::all_of(waits.items(), &Json::is_string);
    if (!waits.is_null() && !waits.is_string() && !texts) {
      wrong(path + "/DependsOn", "DependsOn must be a string or list of strings.");
    }
    for (const std::string& other : depends_on(resource.value)) {
      if (has("Resources", other)) continue;
      wrong(path + "/DependsOn",
            fmt::format("Unresolved resource dependencies [{}] in the Resources block of the template", other));
    }
    for (const char* attribute : {"Metadata", "DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy"}) {
      check_value(resource.value[attribute], path + "/" + attribute, "Resources", true);
    }
    if (is_call(resource.value["Properties"])) {
      check_value(resource.value["Properties"], path + "/Properties", "Resources", true);
      continue;
    }
    if (!resource.value["Properties"].is_object()) continue;
    for (const JsonMember& property : resource.value["Properties"].members()) {
      check_value(property.value, path + "/Properties/" + property.key, "Resources", true);
    }
  }
  for (const JsonMember& output : members("Outputs")) {
    for (const char* member : {"Value", "Export"}) {
      check_value(output.value[member], fmt::format("/Outputs/{}/{}", output.key, member), "Outputs", true);
    }
  }
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
  if (is_loop(name) || name == "Fn::Transform") {
    return format_error(fmt::format("{} is not served here", name));
  }
  if (!is_function(name)) return template_error(fmt::format("Unrecognized function {}", name));
  if (Outcome<void> formed = check_call(name, argument); !formed) return formed;
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
      if (is_loop(member.key)) {
        return format_error(fmt::format("{}: a loop may stand in Conditions, Resources and Outputs only", member.key));
      }
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

std::vector<std::string> transforms_of(const Template& from) {
  std::vector<std::string> names;
  const Json& given = from.section("Transform");
  auto add = [&](const Json& one) { names.emplace_back(one.is_string() ? one.as_string() : one.text("Name")); };
  if (given.is_array()) {
    for (const Json& one : given.items()) add(one);
  } else if (!given.is_null()) {
    add(given);
  }
  return names;
}

bool extends_language(const Template& from) {
  return holds(transforms_of(from), language_extensions);
}

bool is_policy(std::string_view attribute, std::string_view text) {
  return text == "Delete" || text == "Retain" || text == "Snapshot" ||
         (text == "RetainExceptOnCreate" && attribute == "DeletionPolicy");
}

Outcome<Template> parse_template(std::string body, const ParameterValues* values) {
  if (trim(body).empty()) return Error{"ValidationError", "Template body is empty."};
  Outcome<TemplateText> text = read_template_text(body);
  if (!text) return text.error();
  Template parsed{std::move(body), std::move(*text)};
  if (has_loops(parsed.text)) {
    if (!extends_language(parsed)) {
      return format_error(fmt::format("Fn::ForEach needs the template's line Transform: {}", language_extensions));
    }
    Outcome<TemplateText> written = write_out_loops(parsed.text, values);
    if (!written) return written.error();
    parsed.text = std::move(*written);
  }
  if (Outcome<void> checked = Checker(parsed).run(); !checked) return checked.error();
  return parsed;
}

}  // namespace penstock::stack
