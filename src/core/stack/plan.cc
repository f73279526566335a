#include "core/stack/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/stack/functions.h"

namespace penstock::stack {

namespace {

bool is_open(const Json& value) {
  return to_string(value).find(known_after_apply) != std::string::npos;
}

std::string shown(const Json* value) {
  if (!value) return {};
  std::string text;
  return scalar_text(*value, text) ? text : to_string(*value);
}

class Planner {
 public:
  explicit Planner(const Planning& planning)
      : planning_(planning),
        before_values_(planning.before ? planning.before->values() : ParameterValues()),
        before_(read_before(planning.before, before_values_)),
        evaluator_(planning.wanted, planning.parameters, planning.place,
                   {[this](const std::string& id, const std::string& attribute) { return look_up(id, attribute); },
                    planning.imported}) {}

  Outcome<Plan> run();

 private:
  static std::optional<Template> read_before(const Definition* before, const ParameterValues& values) {
    if (!before || before->template_body.empty()) return std::nullopt;
    Outcome<Template> parsed = parse_template(before->template_body, &values);
    return parsed.ok() ? std::optional(std::move(*parsed)) : std::nullopt;
  }
  Outcome<void> check_capabilities() const;
  Outcome<void> plan_resource(const std::string& id);
  void check_attributes(const Json& value, const std::string& path);
  std::optional<Json> evaluated(const Json& expression, const std::string& path);
  std::optional<Json> evaluated_properties(const std::string& id);
  void check_properties_of(const std::string& id, const ResourceSchema& schema, const Json& properties);
  // Keeps what is wrong, and goes on: all of it is told at once.
  void note(const Error& error) {
    if (std::ranges::find(wrong_, error.message) == wrong_.end()) wrong_.push_back(error.message);
  }
  void note(const Outcome<void>& outcome) {
    if (!outcome) note(outcome.error());
  }
  void plan_attributes(const Resource& present, ResourceChange& change);
  void plan_present(const Resource& present, const ResourceSchema& schema, const Json& properties);
  void find_cause(const Json& before, const Json& now, PropertyChange& change) const;
  static bool is_secret(const Template& from, const Json& expression);
  Outcome<Json> look_up(const std::string& id, const std::string& attribute) const;
  void check_outputs();
  Outcome<void> check_conditions();

  const Planning& planning_;
  ParameterValues before_values_;
  std::optional<Template> before_;
  Evaluator evaluator_;
  std::set<std::string> wanted_;
  std::set<std::string> moving_;    // made or replaced: neither id nor attributes are known
  std::set<std::string> changing_;  // changed in place: its attributes may change
  std::vector<std::string> wrong_;
  Plan plan_;
};

Outcome<Json> Planner::look_up(const std::string& id, const std::string& attribute) const {
  if (!wanted_.contains(id)) {
    return format_error(
        fmt::format("Unresolved resource dependencies [{}] in the Resources block of the template", id));
  }
  auto found = planning_.present.find(id);
  if (found == planning_.present.end() || moving_.contains(id)) return Json(known_after_apply);
  if (attribute.empty()) return Json(found->second.physical_id);
  const Json* value = found->second.attributes.find(attribute);
  bool nested = found->second.type == "AWS::CloudFormation::Stack";
  if (!value || (nested && changing_.contains(id))) return Json(known_after_apply);
  return *value;
}

Outcome<void> Planner::check_capabilities() const {
  bool named = false;
  bool any = false;
  for (const std::string& id : wanted_) {
    const Json& resource = planning_.wanted.resource(id);
    const ResourceSchema* schema = planning_.types.find(resource.text("Type"));
    if (!schema || !schema->is_iam) continue;
    any = true;
    named = named || (!schema->name_property.empty() && resource["Properties"].find(schema->name_property));
  }
  auto given = [&](std::string_view name) {
    return std::ranges::find(planning_.capabilities, name) != planning_.capabilities.end();
  };
  bool enough = !any || given("CAPABILITY_NAMED_IAM") || (!named && given("CAPABILITY_IAM"));
  if (enough) return {};
  return Error{"InsufficientCapabilitiesException",
               fmt::format("Requires capabilities : [{}]", named ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM")};
}

// Attributes that `value`, at `path`, asks for and that their types do not have.
void Planner::check_attributes(const Json& value, const std::string& path) {
  auto use = [&](const Reference& reference) {
    if (reference.kind != Reference::Kind::attribute || reference.attribute.empty()) return;
    std::string_view type = planning_.wanted.resource(reference.name).text("Type");
    const ResourceSchema* schema = planning_.types.find(type);
    if (!schema || schema->has_attribute(reference.attribute)) return;
    note(template_error(fmt::format("resource {} does not support attribute type {} in Fn::GetAtt{}", reference.name,
                                    reference.attribute, planning_.wanted.text.where(path))));
  };
  note(visit_references(value, use));
}

// The evaluated value; every error is noted with its place.
std::optional<Json> Planner::evaluated(const Json& expression, const std::string& path) {
  Outcome<std::optional<Json>> value = evaluator_.value(expression);
  if (value.ok()) return std::move(*value);
  Error error = value.error();
  if (error.message.starts_with("Template")) error.message += planning_.wanted.text.where(path);
  note(error);
  return std::nullopt;
}

// A resource's properties; nothing when one of them is in error, and then that is noted.
std::optional<Json> Planner::evaluated_properties(const std::string& id) {
  std::string path = fmt::format("/Resources/{}/Properties", id);
  const Json& declared = planning_.wanted.resource(id)["Properties"];
  size_t before = wrong_.size();
  Json properties = Json::object();
  if (declared.is_object() && !is_call(declared)) {
    for (const JsonMember& member : declared.members()) {
      check_attributes(member.value, path + "/" + member.key);
      if (std::optional<Json> value = evaluated(member.value, path + "/" + member.key)) {
        properties.set(member.key, std::move(*value));
      }
    }
  } else if (std::optional<Json> value = evaluated(declared, path); value && value->is_object()) {
    properties = std::move(*value);
  }
  if (wrong_.size() != before) return std::nullopt;
  return properties;
}

// Where the template says what it said, a value that it names must be another one.
void Planner::find_cause(const Json& before, const Json& now, PropertyChange& change) const {
  if (before != now) return;
  auto use = [&](const Reference& reference) {
    if (!change.cause.empty()) return;
    if (reference.kind == Reference::Kind::attribute) {
      bool open = moving_.contains(reference.name) || changing_.contains(reference.name);
      if (!open) return;
      change.source = "ResourceAttribute";
      change.cause = reference.name + "." + reference.attribute;
    } else if (reference.kind == Reference::Kind::name && moving_.contains(reference.name)) {
      change.source = "ResourceReference";
      change.cause = reference.name;
    } else if (reference.kind == Reference::Kind::name) {
      auto was = before_values_.find(reference.name);
      auto is = planning_.parameters.find(reference.name);
      if (was == before_values_.end() || is == planning_.parameters.end() || was->second == is->second) return;
      change.source = "ParameterReference";
      change.cause = reference.name;
    }
  };
  (void)visit_references(now, use).ok();
}

// Whether a parameter with NoEcho is in the value.
bool Planner::is_secret(const Template& from, const Json& expression) {
  bool secret = false;
  auto use = [&](const Reference& reference) {
    secret = secret || is_no_echo(from.section("Parameters")[reference.name]);
  };
  (void)visit_references(expression, use).ok();
  return secret;
}

// What a template says of a resource besides its properties.
void Planner::plan_attributes(const Resource& present, ResourceChange& change) {
  const Json& declared = planning_.wanted.resource(present.logical_id);
  auto add = [&](std::string_view attribute, std::string before, std::string after) {
    if (before == after) return;
    PropertyChange& one = change.properties.emplace_back();
    one.attribute = attribute;
    one.before = std::move(before);
    one.after = std::move(after);
  };
  Outcome<std::optional<Json>> metadata = evaluator_.value(declared["Metadata"]);
  Json wanted = metadata.ok() && *metadata && (*metadata)->is_object() ? **metadata : Json::object();
  if (wanted != present.metadata) add("Metadata", to_string(present.metadata), to_string(wanted));
  for (const auto& [policy, had] :
       {std::pair("DeletionPolicy", &present.deletion_policy), {"UpdateReplacePolicy", &present.replace_policy}}) {
    Outcome<std::string> chosen = evaluate_policy(evaluator_, policy, declared[policy]);
    if (chosen.ok()) add(policy, *had, *chosen);  // else that is said already
  }
}

void Planner::plan_present(const Resource& present, const ResourceSchema& schema, const Json& properties) {
  ResourceChange change{ResourceChange::Action::modify, present.logical_id, present.physical_id, present.type, {}};
  const Json& now = planning_.wanted.resource(present.logical_id)["Properties"];
  const Json& said = before_ ? before_->resource(present.logical_id)["Properties"] : Json();
  for (const Property& property : schema.properties) {
    const Json* before = present.properties.find(property.name);
    const Json* after = properties.find(property.name);
    bool same = (!before && !after) || (before && after && *before == *after);
    if (same) continue;
    PropertyChange& one = change.properties.emplace_back();
    bool secret = is_secret(planning_.wanted, now[property.name]);
    one.name = property.name;
    one.before = secret && before ? "****" : shown(before);
    one.after = secret && after ? "****" : shown(after);
    one.known = !after || !is_open(*after);
    one.replaces = property.on_change == OnChange::replace;
    find_cause(said[property.name], now[property.name], one);
  }
  if (schema.find("Tags") && present.tags != planning_.tags) {
    PropertyChange& one = change.properties.emplace_back();
    one.attribute = "Tags";
    one.before = to_string(present.tags);
    one.after = to_string(planning_.tags);
  }
  bool touched = !change.properties.empty();
  plan_attributes(present, change);
  if (change.properties.empty()) return;
  if (!is_secret(planning_.wanted, now) && (!before_ || !is_secret(*before_, said))) {
    change.before = present.properties;
    change.after = properties;
  }
  if (change.replaces()) {
    change.policy_action = present.replace_policy == "Retain" ? "ReplaceAndRetain" : "ReplaceAndDelete";
  }
  if (touched) (change.replaces() ? moving_ : changing_).insert(present.logical_id);
  plan_.changes.push_back(std::move(change));
}

void Planner::check_properties_of(const std::string& id, const ResourceSchema& schema, const Json& properties) {
  std::string path = fmt::format("/Resources/{}/Properties", id);
  std::vector<std::string> found = check_properties(schema, properties);
  if (found.empty()) {
    ResourceCall call;
    call.logical_id = id;
    call.type = schema.type;
    call.properties = properties;
    found = planning_.types.check_members(call);
  }
  for (const std::string& what : found) {
    size_t bracket = what.find('[');
    std::string name = what.starts_with("#/") ? what.substr(2, what.find(':') - 2)
                       : what.find("extraneous") != std::string::npos
                           ? what.substr(bracket + 1, what.find(']') - bracket - 1)
                           : std::string();
    wrong_.push_back(fmt::format("Properties validation failed for resource {} with message:\n{}{}", id, what,
                                 planning_.wanted.text.where(name.empty() ? path : path + "/" + name)));
  }
}

Outcome<void> Planner::plan_resource(const std::string& id) {
  const Json& resource = planning_.wanted.resource(id);
  const ResourceSchema* found = planning_.types.find(resource.text("Type"));
  if (!found) return {};  // said already
  const ResourceSchema& schema = *found;
  for (const char* policy : {"DeletionPolicy", "UpdateReplacePolicy"}) {
    Outcome<std::string> chosen = evaluate_policy(evaluator_, policy, resource[policy]);
    if (!chosen) return chosen.error();
  }
  std::optional<Json> found_properties = evaluated_properties(id);
  if (!found_properties) return {};
  const Json& properties = *found_properties;
  check_properties_of(id, schema, properties);
  ResourceCall call;
  call.place = planning_.place;
  call.actor = planning_.actor;
  call.logical_id = id;
  call.type = schema.type;
  call.properties = conformed(schema, properties);
  call.capabilities = planning_.capabilities;
  if (Outcome<void> checked = planning_.types.check(call); !checked) return checked;
  auto present = planning_.present.find(id);
  if (present == planning_.present.end() || !present->second.exists()) {
    moving_.insert(id);
    ResourceChange change{ResourceChange::Action::add, id, {}, std::string(schema.type), {}};
    if (!is_secret(planning_.wanted, resource["Properties"])) change.after = call.properties;
    plan_.changes.push_back(std::move(change));
  } else if (present->second.type != schema.type) {
    return Error{"ValidationError", fmt::format("Update of resource type is not permitted. The new template modifies "
                                                "resource type of the following resources: [{}]",
                                                id)};
  } else {
    plan_present(present->second, schema, call.properties);
  }
  return {};
}

void Planner::check_outputs() {
  const Json& declared = planning_.wanted.section("Outputs");
  std::vector<Output> values;
  for (const JsonMember& one : declared.is_object() ? declared.members() : std::span<const JsonMember>()) {
    std::string path = "/Outputs/" + one.key;
    Outcome<bool> wanted = evaluator_.wanted(one.value);
    if (!wanted) {
      note(wanted.error());
      continue;
    }
    if (!*wanted) continue;
    check_attributes(one.value["Value"], path + "/Value");
    Outcome<Output> output = evaluate_output(evaluator_, one);
    if (output.ok()) {
      values.push_back(std::move(*output));
      continue;
    }
    Error error = output.error();
    if (error.message.starts_with("Template")) error.message += planning_.wanted.text.where(path + "/Value");
    note(error);
  }
  auto differ = [](const Output& left, const Output& right) {
    return left.key != right.key || left.value != right.value || left.export_name != right.export_name ||
           left.description != right.description;
  };
  plan_.outputs_change = values.size() != planning_.outputs.size();
  for (size_t index = 0; !plan_.outputs_change && index < values.size(); ++index) {
    plan_.outputs_change = differ(values[index], planning_.outputs[index]);
  }
}

// Also those that nothing uses.
Outcome<void> Planner::check_conditions() {
  const Json& conditions = planning_.wanted.section("Conditions");
  for (const JsonMember& one : conditions.is_object() ? conditions.members() : std::span<const JsonMember>()) {
    Outcome<bool> truth = evaluator_.condition(one.key);
    if (truth.ok()) continue;
    Error error = truth.error();
    error.message += planning_.wanted.text.where("/Conditions/" + one.key);
    return error;
  }
  return {};
}

Outcome<Plan> Planner::run() {
  if (Outcome<void> checked = evaluator_.check_rules(); !checked) return checked.error();
  if (Outcome<void> checked = check_conditions(); !checked) return checked.error();
  Outcome<std::set<std::string>> wanted = wanted_resources(planning_.wanted, evaluator_);
  if (!wanted) return wanted.error();
  wanted_ = std::move(*wanted);
  note(check_types(planning_.wanted, {wanted_.begin(), wanted_.end()}, planning_.types));
  Outcome<Needs> needs = dependencies(planning_.wanted, wanted_);
  if (!needs) return needs.error();
  plan_.needs = std::move(*needs);
  if (Outcome<void> checked = check_capabilities(); !checked) return checked.error();
  for (const std::string& id : in_order(plan_.needs)) {
    note(plan_resource(id));
  }
  if (wrong_.empty()) check_outputs();  // else what is wrong above would be said again
  if (!wrong_.empty()) return Error{"ValidationError", fmt::format("{}", fmt::join(wrong_, "\n"))};
  for (const auto& [id, resource] : planning_.present) {
    if (wanted_.contains(id) || !resource.exists()) continue;
    ResourceChange change{ResourceChange::Action::remove, id, resource.physical_id, resource.type, {}};
    change.policy_action = resource.deletion_policy.starts_with("Retain") ? "Retain" : "Delete";
    if (before_ && !is_secret(*before_, before_->resource(id)["Properties"])) {
      change.before = resource.properties;
    }
    plan_.changes.push_back(std::move(change));
  }
  // "You can update them only when you include changes that add, modify, or delete resources." Source: the guide, on
  // the policies of resources.
  bool only_policies = !plan_.outputs_change && std::ranges::all_of(plan_.changes, [](const ResourceChange& change) {
    return change.action == ResourceChange::Action::modify &&
           std::ranges::all_of(change.properties, [](const PropertyChange& one) {
             return one.attribute == "DeletionPolicy" || one.attribute == "UpdateReplacePolicy";
           });
  });
  if (only_policies) plan_.changes.clear();
  return std::move(plan_);
}

}  // namespace

bool ResourceChange::replaces() const {
  return std::ranges::any_of(properties, [](const PropertyChange& one) { return one.replaces; });
}

bool ResourceChange::may_replace() const {
  return replaces() &&
         std::ranges::none_of(properties, [](const PropertyChange& one) { return one.replaces && one.known; });
}

Outcome<Plan> make_plan(const Planning& planning) {
  return Planner(planning).run();
}

std::vector<std::string> needed_capabilities(const Template& from, const ResourceTypes& types) {
  bool named = false;
  bool any = false;
  for (const JsonMember& resource : from.section("Resources").members()) {
    const ResourceSchema* schema = types.find(resource.value.text("Type"));
    if (!schema || !schema->is_iam) continue;
    any = true;
    named = named || (!schema->name_property.empty() && resource.value["Properties"].find(schema->name_property));
  }
  std::vector<std::string> needed;
  if (any) needed.emplace_back(named ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM");
  if (!transforms_of(from).empty()) needed.emplace_back("CAPABILITY_AUTO_EXPAND");
  return needed;
}

Outcome<void> check_types(const Template& from, const std::vector<std::string>& ids, const ResourceTypes& types) {
  std::vector<std::string> unknown;
  std::string place;
  bool custom = false;
  for (const std::string& id : ids) {
    std::string type(from.resource(id).text("Type"));
    if (types.find(type)) continue;
    if (place.empty()) place = from.text.where(fmt::format("/Resources/{}/Type", id));
    custom = custom || type.starts_with("Custom::") || type == "AWS::CloudFormation::CustomResource";
    if (std::ranges::find(unknown, type) == unknown.end()) unknown.push_back(type);
  }
  if (unknown.empty()) return {};
  return format_error(
      fmt::format("Unrecognized resource types: [{}]{}. {}Served are: {}", fmt::join(unknown, ", "), place,
                  custom ? "Custom resources need a Lambda function or an SNS topic to answer, which are "
                           "not served here. "
                         : "",
                  fmt::join(types.names(), ", ")));
}

std::vector<std::string> unconditional_resources(const Template& from) {
  std::vector<std::string> ids;
  for (const JsonMember& resource : from.section("Resources").members()) {
    if (!resource.value.find("Condition")) ids.push_back(resource.key);
  }
  return ids;
}

Outcome<std::set<std::string>> wanted_resources(const Template& from, Evaluator& evaluator) {
  std::set<std::string> wanted;
  for (const JsonMember& resource : from.section("Resources").members()) {
    Outcome<bool> one = evaluator.wanted(resource.value);
    if (!one) return one.error();
    if (*one) wanted.insert(resource.key);
  }
  return wanted;
}

Outcome<std::string> evaluate_policy(Evaluator& evaluator, std::string_view policy, const Json& declared) {
  if (declared.is_null()) return std::string("Delete");
  Outcome<std::optional<Json>> value = evaluator.value(declared);
  if (!value) return value.error();
  if (!*value) return std::string("Delete");
  std::string text;
  if (scalar_text(**value, text) && text == "Snapshot") {
    return format_error(fmt::format("{} Snapshot is not served here: no resource type has snapshots", policy));
  }
  if (scalar_text(**value, text) && is_policy(policy, text)) return text;
  return format_error(fmt::format("Unrecognized {} {}", policy, to_string(**value)));
}

Outcome<Output> evaluate_output(Evaluator& evaluator, const JsonMember& declared) {
  Output output;
  output.key = declared.key;
  output.description = declared.value.text("Description");
  Outcome<std::optional<Json>> value = evaluator.value(declared.value["Value"]);
  if (!value) return value.error();
  if (!*value || !scalar_text(**value, output.value)) {
    return format_error(
        fmt::format("The Value field of every Outputs member must evaluate to a String: {}.", declared.key));
  }
  if (const Json* name = declared.value["Export"].find("Name")) {
    Outcome<std::optional<Json>> made = evaluator.value(*name);
    if (!made) return made.error();
    if (!*made || !scalar_text(**made, output.export_name)) {
      return format_error(
          fmt::format("The Name field of every Export member must evaluate to a String: {}.", declared.key));
    }
  }
  return output;
}

Outcome<std::vector<Output>> evaluate_outputs(const Template& from, Evaluator& evaluator) {
  std::vector<Output> outputs;
  if (!from.section("Outputs").is_object()) return outputs;
  for (const JsonMember& declared : from.section("Outputs").members()) {
    Outcome<bool> wanted = evaluator.wanted(declared.value);
    if (!wanted) return wanted.error();
    if (!*wanted) continue;
    Outcome<Output> output = evaluate_output(evaluator, declared);
    if (!output) return output.error();
    outputs.push_back(std::move(*output));
  }
  return outputs;
}

}  // namespace penstock::stack
