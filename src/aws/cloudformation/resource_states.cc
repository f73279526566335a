// AWS::StepFunctions::*: state machines, versions, aliases and activities.
#include <fmt/format.h>

#include "aws/cloudformation/request.h"
#include "aws/cloudformation/resource_handler.h"
#include "aws/states/arn.h"
#include "base/encoding.h"
#include "core/stack/functions.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t name_max = 80;

// "LogicalId-RANDOM", as CloudFormation names state machines and activities.
std::string machine_name(const Calls& calls, const ResourceCall& call, std::string_view property) {
  std::string_view given = call.properties.text(property);
  if (!given.empty()) return std::string(given);
  std::string random =
      calls.platform().random.text(12, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
  return fmt::format("{}-{}", call.logical_id.substr(0, name_max - 13), random);
}

// ---- AWS::StepFunctions::StateMachine

Json by_machine(const std::string& arn) {
  return Json::object({{"StateMachineArn", Json(arn)}});
}

Outcome<std::string> choose_machine(const Calls& calls, const ResourceCall& call) {
  std::string arn = calls.arn("states", "stateMachine:" + machine_name(calls, call, "StateMachineName"));
  if (calls("states", "DescribeStateMachine", by_machine(arn)).ok()) return already_exists(call.type, arn);
  return arn;
}

// ${name} of DefinitionSubstitutions. What is not named stays as it is.
std::string with_substitutions(std::string text, const Json& substitutions) {
  if (!substitutions.is_object()) return text;
  for (const JsonMember& member : substitutions.members()) {
    std::string value;
    if (stack::scalar_text(member.value, value)) text = replace_all(std::move(text), "${" + member.key + "}", value);
  }
  return text;
}

Outcome<std::string> definition_of(const Calls& calls, const ResourceCall& call) {
  const Json& properties = call.properties;
  int given = 0;
  std::string text;
  if (const Json* plain = properties.find("DefinitionString")) {
    ++given;
    text = plain->as_string();
  }
  if (const Json* object = properties.find("Definition")) {
    ++given;
    text = to_string(*object);
  }
  if (const Json* place = properties.find("DefinitionS3Location")) {
    ++given;
    std::string url =
        fmt::format("s3://{}/{}", uri_encode(place->text("Bucket")), uri_encode(place->text("Key"), true));
    if (!place->text("Version").empty()) url += fmt::format("?versionId={}", uri_encode(place->text("Version")));
    Outcome<std::string> read = read_template_url(calls.context(), url);
    if (!read) return read.error();
    text = std::move(*read);
  }
  if (given != 1) {
    return Error{"InvalidRequest", "Exactly one of [DefinitionString, Definition, DefinitionS3Location] must be given"};
  }
  text = with_substitutions(std::move(text), properties["DefinitionSubstitutions"]);
  // A definition in a file may be YAML.
  if (trim(text).starts_with('{') || properties.find("DefinitionString")) return text;
  Outcome<stack::TemplateText> yaml = stack::read_template_text(text);
  if (!yaml) return yaml.error();
  return to_string(yaml->value);
}

Outcome<Json> machine_parameters(const Calls& calls, const ResourceCall& call) {
  Outcome<std::string> definition = definition_of(calls, call);
  if (!definition) return definition.error();
  Json parameters =
      pick(call.properties, {"RoleArn", "LoggingConfiguration", "TracingConfiguration", "EncryptionConfiguration"});
  parameters.set("Definition", Json(*definition));
  return parameters;
}

Outcome<stack::Made> read_machine(const Calls& calls, const std::string& arn) {
  Outcome<Json> got = calls("states", "DescribeStateMachine", by_machine(arn));
  if (!got) return got.error();
  Json attributes = Json::object({{"Arn", Json(arn)}, {"Name", (*got)["Name"]}});
  std::string_view revision = got->text("RevisionId", "INITIAL");
  attributes.set("StateMachineRevisionId", Json(revision));
  return stack::Made{arn, std::move(attributes)};
}

Json tagged_by(const ResourceCall& call) {
  return Json::object({{"ResourceArn", Json(call.physical_id)}});
}

Outcome<stack::Made> update_machine(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> parameters = machine_parameters(calls, call);
  if (!parameters) return parameters.error();
  parameters->set("StateMachineArn", Json(call.physical_id));
  if (Outcome<Json> done = calls("states", "UpdateStateMachine", *parameters); !done) return done.error();
  if (Outcome<void> done = settle_tags(calls, "states", tagged_by(call), call); !done) return done.error();
  return read_machine(calls, call.physical_id);
}

Outcome<stack::Made> create_machine(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> parameters = machine_parameters(calls, call);
  if (!parameters) return parameters.error();
  parameters->set("Name", Json(call.physical_id.substr(call.physical_id.rfind(':') + 1)));
  parameters->set("Type", Json(call.properties.text("StateMachineType", "STANDARD")));
  parameters->set("Tags", all_tags(call));
  Outcome<Json> made = calls("states", "CreateStateMachine", *parameters);
  if (!made && !(call.resuming && made.error().code == "StateMachineAlreadyExists")) return made.error();
  return read_machine(calls, call.physical_id);
}

Outcome<void> remove_machine(const Calls& calls, const ResourceCall& call) {
  return removed(calls("states", "DeleteStateMachine", by_machine(call.physical_id)));
}

Outcome<Json> read_machine_properties(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("states", "DescribeStateMachine", by_machine(call.physical_id));
  if (!got) return got.error();
  Outcome<Json> tags = calls("states", "ListTagsForResource", tagged_by(call));
  if (!tags) return tags.error();
  Json actual = Json::object({{"StateMachineName", (*got)["Name"]},
                              {"StateMachineType", (*got)["Type"]},
                              {"RoleArn", (*got)["RoleArn"]},
                              {"Tags", own_tags(call, (*tags)["Tags"])}});
  Outcome<std::string> wanted = definition_of(calls, call);
  if (!wanted) return wanted.error();
  bool same = same_document(Json(*wanted), (*got)["Definition"]) == Json(*wanted);
  for (std::string_view name : {"DefinitionString", "Definition", "DefinitionS3Location"}) {
    const Json* expected = call.properties.find(name);
    if (expected) actual.set(name, same ? *expected : (*got)["Definition"]);
  }
  return actual;
}

// ---- AWS::StepFunctions::StateMachineVersion

Outcome<std::string> choose_by_service(const Calls&, const ResourceCall&) {
  return std::string();
}

Outcome<stack::Made> create_version(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"StateMachineArn", "Description"});
  std::string_view revision = call.properties.text("StateMachineRevisionId");
  if (!revision.empty()) parameters.set("RevisionId", Json(revision));
  Outcome<Json> made = calls("states", "PublishStateMachineVersion", parameters);
  if (!made) return made.error();
  const Json& arn = (*made)["StateMachineVersionArn"];
  return stack::Made{std::string(arn.as_string()), Json::object({{"Arn", arn}})};
}

// Only its description may change in place, and a version's description never does: it is replaced.
Outcome<stack::Made> update_version(const Calls&, const ResourceCall& call) {
  return stack::Made{call.physical_id, Json::object({{"Arn", Json(call.physical_id)}})};
}

Outcome<void> remove_version(const Calls& calls, const ResourceCall& call) {
  return removed(
      calls("states", "DeleteStateMachineVersion", Json::object({{"StateMachineVersionArn", Json(call.physical_id)}})));
}

// ---- AWS::StepFunctions::StateMachineAlias

Json by_alias(const std::string& arn) {
  return Json::object({{"StateMachineAliasArn", Json(arn)}});
}

Outcome<void> accepts_preference(std::string_view type) {
  if (type == "ALL_AT_ONCE") return {};
  return Error{"InvalidRequest", "a shift of traffic over time is not served here: use ALL_AT_ONCE"};
}

// RoutingConfiguration, or the one version that DeploymentPreference names.
Outcome<Json> routes_of(const ResourceCall& call) {
  if (const Json* routes = call.properties.find("RoutingConfiguration")) return *routes;
  const Json& preference = call.properties["DeploymentPreference"];
  if (preference.text("StateMachineVersionArn").empty()) {
    return Error{"InvalidRequest", "One of RoutingConfiguration and DeploymentPreference must be given"};
  }
  return Json(std::vector<Json>{
      Json::object({{"StateMachineVersionArn", preference["StateMachineVersionArn"]}, {"Weight", Json(100)}})});
}

// An alias belongs to the machine of its versions: arn:...:stateMachine:NAME:VERSION.
Outcome<std::string> choose_alias(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> routes = routes_of(call);
  if (!routes) return routes.error();
  std::string_view version = (*routes)[size_t{0}].text("StateMachineVersionArn");
  std::string machine(version.substr(0, version.rfind(':')));
  std::string arn = machine + ":" + machine_name(calls, call, "Name");
  if (calls("states", "DescribeStateMachineAlias", by_alias(arn)).ok()) return already_exists(call.type, arn);
  return arn;
}

stack::Made made_alias(const ResourceCall& call) {
  return {call.physical_id, Json::object({{"Arn", Json(call.physical_id)}})};
}

Outcome<stack::Made> update_alias(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> routes = routes_of(call);
  if (!routes) return routes.error();
  Json parameters = pick(call.properties, {"Description"});
  parameters.set("StateMachineAliasArn", Json(call.physical_id));
  parameters.set("RoutingConfiguration", *routes);
  if (Outcome<Json> done = calls("states", "UpdateStateMachineAlias", parameters); !done) return done.error();
  return made_alias(call);
}

Outcome<stack::Made> create_alias(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> routes = routes_of(call);
  if (!routes) return routes.error();
  Json parameters = pick(call.properties, {"Description"});
  parameters.set("Name", Json(call.physical_id.substr(call.physical_id.rfind(':') + 1)));
  parameters.set("RoutingConfiguration", *routes);
  if (Outcome<Json> done = calls("states", "CreateStateMachineAlias", parameters); !done) return done.error();
  return made_alias(call);
}

Outcome<void> remove_alias(const Calls& calls, const ResourceCall& call) {
  return removed(calls("states", "DeleteStateMachineAlias", by_alias(call.physical_id)));
}

Outcome<Json> read_alias(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("states", "DescribeStateMachineAlias", by_alias(call.physical_id));
  if (!got) return got.error();
  return Json::object({{"Name", (*got)["Name"]},
                       {"Description", or_null(got->find("Description"))},
                       {"RoutingConfiguration", (*got)["RoutingConfiguration"]}});
}

// ---- AWS::StepFunctions::Activity

Outcome<std::string> choose_activity(const Calls& calls, const ResourceCall& call) {
  std::string arn = calls.arn("states", "activity:" + machine_name(calls, call, "Name"));
  if (calls("states", "DescribeActivity", Json::object({{"ActivityArn", Json(arn)}})).ok())
    return already_exists(call.type, arn);
  return arn;
}

stack::Made made_activity(const ResourceCall& call) {
  std::string name = call.physical_id.substr(call.physical_id.rfind(':') + 1);
  return {call.physical_id, Json::object({{"Arn", Json(call.physical_id)}, {"Name", Json(name)}})};
}

Outcome<stack::Made> create_activity_resource(const Calls& calls, const ResourceCall& call) {
  Json parameters = Json::object({{"Name", made_activity(call).attributes["Name"]}, {"Tags", all_tags(call)}});
  if (Outcome<Json> done = calls("states", "CreateActivity", parameters); !done) return done.error();
  return made_activity(call);
}

Outcome<stack::Made> update_activity(const Calls& calls, const ResourceCall& call) {
  if (Outcome<void> done = settle_tags(calls, "states", tagged_by(call), call); !done) return done.error();
  return made_activity(call);
}

Outcome<void> remove_activity(const Calls& calls, const ResourceCall& call) {
  return removed(calls("states", "DeleteActivity", Json::object({{"ActivityArn", Json(call.physical_id)}})));
}

Outcome<Json> read_activity(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("states", "DescribeActivity", Json::object({{"ActivityArn", Json(call.physical_id)}}));
  if (!got) return got.error();
  Outcome<Json> tags = calls("states", "ListTagsForResource", tagged_by(call));
  if (!tags) return tags.error();
  return Json::object({{"Name", (*got)["Name"]}, {"Tags", own_tags(call, (*tags)["Tags"])}});
}

}  // namespace

std::vector<ResourceHandler> states_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::StepFunctions::StateMachine",
        {{"Definition", Kind::object},
         {"DefinitionS3Location", Kind::object},
         {"DefinitionString"},
         {"DefinitionSubstitutions", Kind::object},
         {"LoggingConfiguration", Kind::object},
         {"RoleArn", Kind::text, true},
         {"StateMachineName", Kind::text, false, replace},
         {"StateMachineType", Kind::text, false, replace},
         {"Tags", Kind::list},
         {"TracingConfiguration", Kind::object},
         {"EncryptionConfiguration", Kind::object}},
        {"Arn", "Name", "StateMachineRevisionId"}},
       choose_machine,
       create_machine,
       update_machine,
       remove_machine,
       read_machine_properties,
       {{"StateMachineName", {}, {}, {}, {}, states::check_name},
        {"StateMachineType", {}, "states", "CreateStateMachine", "Type"},
        {"StateMachineName", {}, "states", "CreateStateMachine", "Name"},
        {"DefinitionS3Location", {"Bucket", "Key", "Version"}},
        {"LoggingConfiguration", {}, "states", "CreateStateMachine", "LoggingConfiguration"},
        {"TracingConfiguration", {}, "states", "CreateStateMachine", "TracingConfiguration"},
        {"EncryptionConfiguration", {}, "states", "CreateStateMachine", "EncryptionConfiguration"}}},
      {{"AWS::StepFunctions::StateMachineVersion",
        {{"Description", Kind::text, false, replace},
         {"StateMachineArn", Kind::text, true, replace},
         {"StateMachineRevisionId", Kind::text, false, replace}},
        {"Arn"}},
       choose_by_service,
       create_version,
       update_version,
       remove_version},
      {{"AWS::StepFunctions::StateMachineAlias",
        {{"DeploymentPreference", Kind::object},
         {"Description"},
         {"Name", Kind::text, false, replace},
         {"RoutingConfiguration", Kind::list}},
        {"Arn"}},
       choose_alias,
       create_alias,
       update_alias,
       remove_alias,
       read_alias,
       {{"RoutingConfiguration", {"StateMachineVersionArn", "Weight"}},
        {"DeploymentPreference", {"Alarms", "Interval", "Percentage", "StateMachineVersionArn", "Type"}},
        {"DeploymentPreference/Type", {}, {}, {}, {}, accepts_preference}}},
      {{"AWS::StepFunctions::Activity", {{"Name", Kind::text, true, replace}, {"Tags", Kind::list}}, {"Arn", "Name"}},
       choose_activity,
       create_activity_resource,
       update_activity,
       remove_activity,
       read_activity,
       {{"Name", {}, {}, {}, {}, states::check_name}, {"Name", {}, "states", "CreateActivity", "Name"}}},
  };
}

}  // namespace penstock::aws::cloudformation
