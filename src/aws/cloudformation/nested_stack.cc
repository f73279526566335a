#include "aws/cloudformation/nested_stack.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "aws/cloudformation/request.h"
#include "aws/cloudformation/resource_handler.h"
#include "base/random.h"
#include "core/stack/functions.h"

namespace penstock::aws::cloudformation::nested_stack {

namespace {

using Kind = stack::Property::Kind;

constexpr size_t name_length_max = 128;
constexpr int depth_max = 8;  // of stacks in stacks, when they are checked

stack::Asker asker(const stack::ResourceCall& call) {
  return {call.place.account, call.place.region, call.actor};
}

// A property of Parameters as the nested stack gets it: lists with commas.
std::string parameter_text(const Json& value) {
  std::string text;
  if (stack::scalar_text(value, text)) return text;
  std::vector<std::string> parts;
  for (const Json& item : value.is_array() ? value.items() : std::span<const Json>()) {
    std::string part;
    if (stack::scalar_text(item, part)) parts.push_back(part);
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

// Parameters, tags and the template by its URL.
Outcome<stack::StackRequest> request_of(Platform& platform, const stack::ResourceCall& call) {
  stack::StackRequest request;
  request.asker = asker(call);
  request.capabilities = call.capabilities;
  request.parent_id = call.place.stack_id;
  request.root_id = call.root_id;
  request.id = call.physical_id;
  Outcome<std::string> body =
      read_template_url(context_of(platform, call.place, call.actor), call.properties.text("TemplateURL"));
  if (!body) return body.error();
  request.template_body = std::move(*body);
  if (call.properties["Parameters"].is_object()) {
    for (const JsonMember& parameter : call.properties["Parameters"].members()) {
      request.parameters.push_back({parameter.key, parameter_text(parameter.value)});
    }
  }
  Json tags = call.tags;
  if (call.properties["Tags"].is_array()) {
    for (const Json& tag : call.properties["Tags"].items()) tags.set(tag.text("Key"), Json(tag.text("Value")));
  }
  request.tags = std::move(tags);
  if (const Json* minutes = call.properties.find("TimeoutInMinutes")) request.timeout_minutes = minutes->as_integer();
  return request;
}

stack::Made made_of(const stack::Stack& nested) {
  stack::Made made{nested.id, Json::object()};
  for (const stack::Output& output : nested.outputs) made.attributes.set("Outputs." + output.key, Json(output.value));
  return made;
}

std::string failed_resources(Platform& platform, const stack::Stack& nested) {
  for (const stack::Event& event : platform.stacks.events(nested.id)) {
    bool first = event.logical_id == nested.name && event.reason.find("failed to") != std::string::npos;
    if (first) return event.reason;
  }
  return nested.reason;
}

// Waits for the end, then says whether it is the one that was wanted.
void await(Platform& platform, const stack::ResourceCall& call, std::string wanted, std::string_view what,
           stack::MadeDone done) {
  auto ended = [&platform, call, wanted = std::move(wanted), what, done = std::move(done)] {
    Outcome<stack::Stack> nested = platform.stacks.find(asker(call), call.physical_id);
    if (!nested) return done(nested.error());
    if (nested->status == wanted) return done(made_of(*nested));
    Error error{"NotStabilized", fmt::format("Embedded stack {} was not successfully {}: {}", nested->id, what,
                                             failed_resources(platform, *nested))};
    if (what != "created") return done(error);
    // A failed creation leaves nothing.
    (void)platform.stacks.remove(asker(call), call.physical_id, {}).ok();
    platform.stacks.when_ended(call.physical_id, [done, error] { done(error); });
  };
  platform.stacks.when_ended(call.physical_id, std::move(ended));
}

Error inside(const std::string& logical_id, const Error& error) {
  return Error{error.code, fmt::format("Nested stack {}: {}", logical_id, error.message), error.status};
}

// The parameters' names; their values are checked when they are known.
Outcome<void> check_parameters(const stack::Template& nested, const Json& given) {
  const Json& declared = nested.section("Parameters");
  std::vector<std::string> wrong;
  for (const JsonMember& parameter : given.is_object() ? given.members() : std::span<const JsonMember>()) {
    if (!declared.find(parameter.key)) wrong.push_back(parameter.key);
  }
  if (!wrong.empty()) {
    return Error{"ValidationError",
                 fmt::format("Parameters: [{}] do not exist in the template", fmt::join(wrong, ", "))};
  }
  for (const JsonMember& parameter : declared.is_object() ? declared.members() : std::span<const JsonMember>()) {
    if (!parameter.value.find("Default") && !given.find(parameter.key)) wrong.push_back(parameter.key);
  }
  if (wrong.empty()) return {};
  return Error{"ValidationError", fmt::format("Parameters: [{}] must have values", fmt::join(wrong, ", "))};
}

Outcome<void> check_at(const Context& context, const stack::ResourceTypes& types, const std::string& logical_id,
                       const Json& properties, int depth) {
  const Json& url = properties["TemplateURL"];
  if (!url.is_string() || url.as_string().find(stack::known_after_apply) != std::string_view::npos) return {};
  if (depth == depth_max) return Error{"ValidationError", "Stacks are nested too deep"};
  Outcome<std::string> body = read_template_url(context, url.as_string());
  if (!body) return inside(logical_id, body.error());
  Outcome<stack::Template> nested = stack::parse_template(std::move(*body));
  if (!nested) return inside(logical_id, nested.error());
  const Json& given = properties["Parameters"];
  if (Outcome<void> checked = check_parameters(*nested, given); !checked) return inside(logical_id, checked.error());
  const std::vector<std::string> certain = stack::unconditional_resources(*nested);
  if (Outcome<void> known = stack::check_types(*nested, certain, types); !known) {
    return inside(logical_id, known.error());
  }
  for (const std::string& id : certain) {
    const Json& resource = nested->resource(id);
    if (resource.text("Type") != schema().type) continue;
    Outcome<void> checked = check_at(context, types, id, resource["Properties"], depth + 1);
    if (!checked) return inside(logical_id, checked.error());
  }
  return {};
}

}  // namespace

Outcome<void> check(Platform& platform, const stack::ResourceTypes& types, const stack::ResourceCall& call) {
  // Only looks whether it reads as a template: who makes the stack is asked for permission then.
  const Context context = context_of(platform, call.place, {"cloudformation.amazonaws.com", {}, {}});
  return check_at(context, types, call.logical_id, call.properties, 0);
}

const stack::ResourceSchema& schema() {
  static const stack::ResourceSchema schema{"AWS::CloudFormation::Stack",
                                            {{"TemplateURL", Kind::text, true},
                                             {"Parameters", Kind::object},
                                             {"Tags", Kind::list},
                                             {"TimeoutInMinutes", Kind::integer},
                                             {"NotificationARNs", Kind::list}},
                                            {"Outputs.*"}};
  return schema;
}

Outcome<std::string> choose_id(Platform& platform, const stack::ResourceCall& call) {
  std::string name = call.place.stack_name + "-" + call.logical_id;
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string random = platform.random.text(12, alphabet);
  if (name.size() + 1 + random.size() > name_length_max) name.resize(name_length_max - 1 - random.size());
  return fmt::format("arn:aws:cloudformation:{}:{}:stack/{}-{}/{}", call.place.region, call.place.account, name, random,
                     platform.random.uuid());
}

Outcome<std::optional<Json>> read(Platform& platform, const stack::ResourceCall& call) {
  Outcome<stack::Stack> nested = platform.stacks.find(asker(call), call.physical_id);
  if (!nested || nested->status == "DELETE_COMPLETE") return std::optional<Json>();
  const Json& given = call.properties["Parameters"];
  if (!given.is_object()) return std::optional(Json::object());
  Json actual = Json::object();
  for (const JsonMember& parameter : given.members()) {
    auto now = nested->definition.parameters.find(parameter.key);
    bool same = now != nested->definition.parameters.end() && now->second == parameter_text(parameter.value);
    if (same) actual.set(parameter.key, parameter.value);
    if (!same && now != nested->definition.parameters.end()) actual.set(parameter.key, Json(now->second));
  }
  return std::optional(Json::object({{"Parameters", std::move(actual)}}));
}

void create(Platform& platform, const stack::ResourceCall& call, stack::MadeDone done) {
  bool begun = call.resuming && platform.stacks.find(asker(call), call.physical_id).ok();
  if (!begun) {
    Outcome<stack::StackRequest> request = request_of(platform, call);
    if (!request) return done(request.error());
    size_t slash = call.physical_id.find('/');
    request->name = call.physical_id.substr(slash + 1, call.physical_id.rfind('/') - slash - 1);
    Outcome<std::string> id = platform.stacks.create(*request);
    if (!id) return done(id.error());
  }
  await(platform, call, "CREATE_COMPLETE", "created", std::move(done));
}

void update(Platform& platform, const stack::ResourceCall& call, stack::MadeDone done) {
  Outcome<stack::Stack> nested = platform.stacks.find(asker(call), call.physical_id);
  if (!nested) return done(nested.error());
  if (!(call.resuming && nested->in_progress())) {
    Outcome<stack::StackRequest> request = request_of(platform, call);
    if (!request) return done(request.error());
    request->name = call.physical_id;
    Outcome<std::string> id = platform.stacks.update(*request);
    if (!id && id.error().message == "No updates are to be performed.") return done(made_of(*nested));
    if (!id) return done(id.error());
  }
  await(platform, call, "UPDATE_COMPLETE", "updated", std::move(done));
}

void remove(Platform& platform, const stack::ResourceCall& call, stack::RemovedDone done) {
  Outcome<void> begun = platform.stacks.remove(asker(call), call.physical_id, {});
  if (!begun) {
    bool gone = !platform.stacks.find(asker(call), call.physical_id).ok();
    return done(gone ? Outcome<void>() : begun);
  }
  platform.stacks.when_ended(call.physical_id, [&platform, call, done = std::move(done)] {
    Outcome<stack::Stack> nested = platform.stacks.find(asker(call), call.physical_id);
    if (!nested || nested->status == "DELETE_COMPLETE") return done({});
    done(Error{"NotStabilized",
               fmt::format("Embedded stack {} was not successfully deleted: {}", nested->id, nested->reason)});
  });
}

}  // namespace penstock::aws::cloudformation::nested_stack
