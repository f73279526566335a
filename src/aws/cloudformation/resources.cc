#include "aws/cloudformation/resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "aws/cloudformation/dynamic_reference.h"
#include "aws/cloudformation/nested_stack.h"
#include "aws/protocol/scalar.h"
#include "aws/protocol/validation.h"
#include "base/assert.h"
#include "base/encoding.h"
#include "core/stack/functions.h"

namespace penstock::aws::cloudformation {

namespace {

// The one list of what is served.
std::vector<ResourceHandler> all_handlers() {
  std::vector<ResourceHandler> all;
  for (auto list :
       {iam_resources, iam_policy_resources, iam_group_resources, s3_resources, states_resources, logs_resources,
        events_resources, sagemaker_resources, scheduler_resources, kms_resources, ssm_resources, own_resources}) {
    for (ResourceHandler& handler : list()) all.push_back(std::move(handler));
  }
  std::ranges::sort(all, {}, [](const ResourceHandler& handler) { return handler.schema.type; });
  return all;
}

}  // namespace

Resources::Resources(Platform& platform, const Front& front)
    : platform_(platform), front_(front), handlers_(all_handlers()) {
  // A type is served as far as the operations are that its properties go to.
  std::erase_if(handlers_, [&](const ResourceHandler& one) {
    return std::ranges::any_of(one.inside, [&](const Inside& inside) {
      return !inside.operation.empty() && !front_.find(inside.service, inside.operation).ok();
    });
  });
}

const ResourceHandler* Resources::handler(std::string_view type) const {
  auto found =
      std::ranges::lower_bound(handlers_, type, {}, [](const ResourceHandler& one) { return one.schema.type; });
  return found != handlers_.end() && found->schema.type == type ? &*found : nullptr;
}

const stack::ResourceSchema* Resources::find(std::string_view type) const {
  if (type == nested_stack::schema().type) return &nested_stack::schema();
  const ResourceHandler* found = handler(type);
  return found ? &found->schema : nullptr;
}

std::vector<std::string_view> Resources::names() const {
  std::vector<std::string_view> names{nested_stack::schema().type};
  for (const ResourceHandler& one : handlers_) names.push_back(one.schema.type);
  std::ranges::sort(names);
  return names;
}

bool Resources::reads(std::string_view type) const {
  const ResourceHandler* found = handler(type);
  return type == nested_stack::schema().type || (found && found->read);
}

Outcome<std::optional<Json>> Resources::read(const stack::ResourceCall& call) {
  if (call.type == nested_stack::schema().type) return nested_stack::read(platform_, call);
  Outcome<stack::ResourceCall> resolved = with_values(call);
  if (!resolved) return resolved.error();
  Outcome<Json> found = handler(call.type)->read(Calls(platform_, front_, *resolved), *resolved);
  if (found.ok()) return std::optional(std::move(*found));
  if (is_missing(found.error())) return std::optional<Json>();
  return found.error();
}

namespace {

// Lines of what may not stand where it does.
class InsideCheck {
 public:
  explicit InsideCheck(std::vector<std::string>& wrong) : wrong_(wrong) {}

  // The values at `path`, and at all of its items when a list is on the way.
  void at(std::string_view path, const Json& value, const std::string& place,
          const std::function<void(const Json&, const std::string&)>& check) {
    if (value.is_array()) {
      for (size_t index = 0; index < value.size(); ++index) {
        at(path, value[index], fmt::format("{}/{}", place, index), check);
      }
      return;
    }
    if (path.empty()) return check(value, place);
    size_t slash = path.find('/');
    std::string_view name = path.substr(0, slash);
    const Json* inner = value.find(name);
    if (!inner) return;
    at(slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1), *inner,
       fmt::format("{}/{}", place, name), check);
  }

  void names(const Json& value, const std::string& place, const std::vector<std::string_view>& known) {
    if (!value.is_object()) return;
    for (const JsonMember& member : value.members()) {
      if (std::ranges::find(known, member.key) == known.end()) extraneous(place, member.key, known);
    }
  }

  void shape(const Json& value, const std::string& place, const Shape& shape) {
    if (value.is_array() && shape.type == Type::list) {
      for (size_t index = 0; index < value.size(); ++index) {
        this->shape(value[index], fmt::format("{}/{}", place, index), *shape.element->shape);
      }
    }
    if (value.is_string() && shape.type == Type::string) return text(value.as_string(), place, shape);
    if (!value.is_object() || shape.type != Type::structure) return;
    std::vector<std::string> texts;  // the model may begin names in lower case
    for (const Member& member : shape.members) texts.push_back(upper_first(member.name));
    std::vector<std::string_view> known(texts.begin(), texts.end());
    for (const JsonMember& member : value.members()) {
      const Member* found = find_member(shape, member.key, JsonStyle::Names::pascal);
      if (!found) {
        extraneous(place, member.key, known);
      } else {
        this->shape(member.value, fmt::format("{}/{}", place, member.key), *found->shape);
      }
    }
  }

  // By the model's constraints; the violation says which.
  void text(std::string_view given, const std::string& place, const Shape& shape) {
    if (is_open(given)) return;
    std::string held(given);
    size_t slash = place.rfind('/');
    ValuePath root;
    std::string_view name = std::string_view(place).substr(slash + 1);
    Validation validation;
    validation.check(shape, &held, ValuePath{&root, ValuePath::Kind::member, name, 0});
    if (validation.ok()) return;
    std::string message = validation.error("").message;
    size_t start = message.find("Value ");
    wrong_.push_back(fmt::format("#{}: {}", place, message.substr(start == std::string::npos ? 0 : start)));
  }

  void accepted(const Json& value, const std::string& place, Outcome<void> (*accepts)(std::string_view)) {
    std::string text;
    if (!stack::scalar_text(value, text)) text = to_string(value);  // a document
    if (is_open(text)) return;
    if (Outcome<void> ok = accepts(text); !ok) {
      std::string given = value.is_object() ? std::string() : fmt::format(" ({})", text);
      wrong_.push_back(fmt::format("#{}: {}{}", place, ok.error().message, given));
    }
  }

 private:
  // What only making the resources, or a dynamic reference, will tell.
  static bool is_open(std::string_view text) {
    return text.find(stack::known_after_apply) != std::string_view::npos ||
           text.find("{{resolve:") != std::string_view::npos;
  }

  void extraneous(const std::string& place, const std::string& key, const std::vector<std::string_view>& known) {
    std::string_view nearest = nearest_word(key, known);
    wrong_.push_back(fmt::format("#{}: extraneous key [{}] is not permitted{}", place, key,
                                 nearest.empty() ? std::string() : fmt::format(" (did you mean {}?)", nearest)));
  }

  std::vector<std::string>& wrong_;
};

}  // namespace

std::vector<std::string> Resources::check_members(const stack::ResourceCall& call) const {
  std::vector<std::string> wrong;
  const ResourceHandler* found = handler(call.type);
  if (!found) return wrong;
  InsideCheck check(wrong);
  const stack::Property* tags = found->schema.find("Tags");
  if (tags && tags->kind == stack::Property::Kind::list) {
    check.at("Tags", call.properties, "", [&](const Json& value, const std::string& place) {
      check.names(value, place, {"Key", "Value"});
    });
  }
  for (const Inside& inside : found->inside) {
    check.at(inside.path, call.properties, "", [&](const Json& value, const std::string& place) {
      if (!inside.names.empty()) return check.names(value, place, inside.names);
      if (inside.accepts) return check.accepted(value, place, inside.accepts);
      Outcome<const Operation*> operation = front_.find(inside.service, inside.operation);
      PENSTOCK_ASSERT(operation.ok());  // our own list names it
      const Member* member = find_member(*(*operation)->model->input, inside.member, JsonStyle::Names::pascal);
      PENSTOCK_ASSERT(member != nullptr);
      const Shape* shape = member->shape;
      if (shape->type == Type::list) shape = shape->element->shape;  // `at` goes through the items
      check.shape(value, place, *shape);
    });
  }
  return wrong;
}

Outcome<std::string> Resources::stored_parameter(const stack::Place& place, const stack::Actor& actor,
                                                 const std::string& name) {
  return cloudformation::stored_parameter(Calls(platform_, front_, place, actor), name);
}

Outcome<void> Resources::check(const stack::ResourceCall& call) const {
  if (call.type == nested_stack::schema().type) return nested_stack::check(platform_, *this, call);
  Outcome<stack::ResourceCall> resolved = with_values(call);
  if (!resolved) return resolved.error();
  return {};
}

Outcome<stack::ResourceCall> Resources::with_values(const stack::ResourceCall& call) const {
  Calls calls(platform_, front_, call);
  stack::ResourceCall resolved = call;
  for (Json* properties : {&resolved.properties, &resolved.previous}) {
    Outcome<Json> made = with_references(calls, *properties);
    if (!made) return made.error();
    *properties = std::move(*made);
  }
  return resolved;
}

Outcome<std::string> Resources::choose_id(const stack::ResourceCall& call) {
  if (call.type == nested_stack::schema().type) return nested_stack::choose_id(platform_, call);
  Outcome<stack::ResourceCall> resolved = with_values(call);
  if (!resolved) return resolved.error();
  return handler(call.type)->choose_id(Calls(platform_, front_, *resolved), *resolved);
}

void Resources::create(const stack::ResourceCall& call, stack::MadeDone done) {
  if (call.type == nested_stack::schema().type) return nested_stack::create(platform_, call, std::move(done));
  const ResourceHandler* found = handler(call.type);
  PENSTOCK_ASSERT(found != nullptr);  // the plan checked it
  Outcome<stack::ResourceCall> resolved = with_values(call);
  if (!resolved) return done(resolved.error());
  Calls calls(platform_, front_, *resolved);
  Outcome<stack::Made> made = found->create(calls, *resolved);
  // Of several calls the first may have succeeded. What was there before is not ours to remove.
  if (!made && made.error().code.find("AlreadyExists") == std::string::npos) (void)found->remove(calls, *resolved).ok();
  done(std::move(made));
}

void Resources::update(const stack::ResourceCall& call, stack::MadeDone done) {
  if (call.type == nested_stack::schema().type) return nested_stack::update(platform_, call, std::move(done));
  Outcome<stack::ResourceCall> resolved = with_values(call);
  if (!resolved) return done(resolved.error());
  done(handler(call.type)->update(Calls(platform_, front_, *resolved), *resolved));
}

void Resources::remove(const stack::ResourceCall& call, stack::RemovedDone done) {
  if (call.type == nested_stack::schema().type) return nested_stack::remove(platform_, call, std::move(done));
  done(handler(call.type)->remove(Calls(platform_, front_, call), call));
}

}  // namespace penstock::aws::cloudformation
