#include "aws/cloudformation/resource_handler.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "core/stack/functions.h"

namespace penstock::aws::cloudformation {

namespace {

constexpr std::string_view name_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr size_t random_length = 12;

Json scalar_as(const Shape& shape, const Json& value) {
  std::string text;
  if (!stack::scalar_text(value, text)) return value;
  switch (shape.type) {
    case Type::string:
    case Type::timestamp:
      return Json(std::move(text));
    case Type::boolean:
      return text == "true" || text == "false" ? Json(text == "true") : value;
    case Type::integer:
    case Type::long_integer:
    case Type::floating: {
      Outcome<Json> number = parse_json(text);
      return number.ok() && number->is_number() ? std::move(*number) : value;
    }
    default:
      return value;
  }
}

// In templates all scalars are texts in the end: where the operation wants another kind, the one that the text says.
Json as_wanted(const Shape& shape, const Json& value) {
  bool list = shape.type == Type::list && value.is_array();
  bool members = (shape.type == Type::structure || shape.type == Type::map) && value.is_object();
  if (!list && !members) return scalar_as(shape, value);
  if (list) {
    Json items = Json::array();
    for (const Json& item : value.items()) items.push_back(as_wanted(*shape.element->shape, item));
    return items;
  }
  Json result = Json::object();
  for (const JsonMember& entry : value.members()) {
    const Member* member =
        shape.type == Type::map ? shape.element : find_member(shape, entry.key, JsonStyle::Names::pascal);
    result.set(entry.key, member ? as_wanted(*member->shape, entry.value) : entry.value);
  }
  return result;
}

}  // namespace

Context context_of(Platform& platform, const stack::Place& place, const stack::Actor& actor) {
  Context context{platform, {}, place.region, place.account, platform.random.uuid(), {}};
  context.caller.account = place.account;
  context.caller.arn = actor.arn;
  context.caller.user_id = actor.user_id;
  context.caller.session_policies = actor.session_policies;
  return context;
}

Context Calls::context() const {
  return context_of(platform_, place_, actor_);
}

Calls::Calls(Platform& platform, const Front& front, const stack::Place& place, const stack::Actor& actor)
    : platform_(platform), front_(front), place_(place), actor_(actor) {}

Outcome<Json> Calls::operator()(std::string_view service, std::string_view operation, Json parameters) const {
  if (Outcome<const Operation*> found = front_.find(service, operation); found.ok()) {
    parameters = as_wanted(*(*found)->model->input, parameters);
  }
  Context context = context_of(platform_, place_, actor_);
  auto answer = std::make_shared<std::promise<Outcome<Json>>>();
  std::future<Outcome<Json>> future = answer->get_future();
  front_.invoke(context, service, operation, parameters, JsonStyle::states(),
                [answer](Outcome<Json> result) { answer->set_value(std::move(result)); });
  Outcome<Json> result = future.get();
  if (result.ok()) return result;
  Error error = result.error();
  std::string_view known = error.status == 404 || is_missing(error) ? "NotFound"
                           : error.code.find("AlreadyExists") != std::string::npos || error.status == 409
                               ? "AlreadyExists"
                           : error.status == 403 || error.code.starts_with("AccessDenied") ? "AccessDenied"
                           : error.status >= 500                                           ? "ServiceInternalError"
                                                                                           : "InvalidRequest";
  error.message = fmt::format(
      "Resource handler returned message: \"{} (Service: {}, Status Code: {}, Request ID: {})\" "
      "(RequestToken: {}, HandlerErrorCode: {})",
      error.message, service, error.status, context.request_id, platform_.random.uuid(), known);
  return error;
}

std::string Calls::arn(std::string_view service, std::string_view resource) const {
  return fmt::format("arn:aws:{}:{}:{}:{}", service, place_.region, place_.account, resource);
}

std::string chosen_name(const Calls& calls, const stack::ResourceCall& call, std::string_view property,
                        size_t length_max) {
  std::string_view given = call.properties.text(property);
  if (!given.empty()) return std::string(given);
  std::string random = calls.platform().random.text(random_length, name_alphabet);
  std::string front = call.place.stack_name + "-" + call.logical_id;
  if (front.size() + 1 + random.size() > length_max) front.resize(length_max - 1 - random.size());
  return front + "-" + random;
}

Error already_exists(std::string_view type, std::string_view id) {
  return Error{"AlreadyExists",
               fmt::format("{} already exists: a resource of type {} with that name is there", id, type)};
}

bool is_missing(const Error& error) {
  return error.status == 404 || error.code.starts_with("NoSuch") || error.code.ends_with("DoesNotExist") ||
         error.code == "ResourceNotFoundException" || error.code == "ResourceNotFound" || error.code == "NotFound" ||
         error.code == "NotFoundException" || error.code == "ParameterNotFound";
}

Outcome<void> removed(const Outcome<Json>& answer) {
  if (answer.ok() || is_missing(answer.error())) return {};
  return answer.error();
}

Json pick(const Json& properties, std::initializer_list<std::string_view> names) {
  Json picked = Json::object();
  for (std::string_view name : names) {
    if (const Json* value = properties.find(name)) picked.set(name, *value);
  }
  return picked;
}

std::string document_text(const Json& value) {
  return value.is_string() ? std::string(value.as_string()) : to_string(value);
}

namespace {

// The stack's tags, and those of the properties, which win: key -> value.
Json merged_tags(Json tags, const Json& properties) {
  const Json& own = properties["Tags"];
  for (size_t index = 0; index < own.size(); ++index) tags.set(own[index].text("Key"), Json(own[index].text("Value")));
  return tags;
}

}  // namespace

Json all_tags(const stack::ResourceCall& call) {
  Json merged = merged_tags(call.tags, call.properties);
  Json list = Json::array();
  for (const JsonMember& tag : merged.members()) {
    list.push_back(Json::object({{"Key", Json(tag.key)}, {"Value", tag.value}}));
  }
  return list;
}

Json gone_tags(const stack::ResourceCall& call) {
  Json now = merged_tags(call.tags, call.properties);
  Json before = merged_tags(call.previous_tags, call.previous);
  Json gone = Json::array();
  for (const JsonMember& tag : before.members()) {
    if (!now.find(tag.key)) gone.push_back(Json(tag.key));
  }
  return gone;
}

Outcome<void> settle_tags(const Calls& calls, std::string_view service, const Json& named,
                          const stack::ResourceCall& call) {
  Json wanted = all_tags(call);
  Json gone = gone_tags(call);
  Json parameters = named;
  if (gone.size() > 0) {
    parameters.set("TagKeys", std::move(gone));
    if (Outcome<Json> done = calls(service, "UntagResource", parameters); !done) return done.error();
    parameters.erase("TagKeys");
  }
  if (wanted.size() == 0) return {};
  parameters.set("Tags", std::move(wanted));
  Outcome<Json> done = calls(service, "TagResource", parameters);
  if (!done) return done.error();
  return {};
}

Json or_null(const Json* value) {
  return value ? *value : Json();
}

Json same_document(const Json& expected, const Json& actual) {
  auto read = [](const Json& value) {
    if (!value.is_string()) return value;
    Outcome<Json> parsed = parse_json(value.as_string());
    return parsed.ok() ? *parsed : value;
  };
  Json is = read(actual);
  return read(expected) == is ? expected : expected.is_string() ? Json(document_text(is)) : is;
}

Json same_order(const Json& expected, const std::vector<std::string>& actual) {
  Json ordered = Json::array();
  std::vector<std::string> rest = actual;
  for (const std::string& text : texts_of(expected)) {
    auto found = std::ranges::find(rest, text);
    if (found == rest.end()) continue;
    ordered.push_back(Json(text));
    rest.erase(found);
  }
  for (const std::string& text : rest) ordered.push_back(Json(text));
  return ordered.size() > 0 || expected.is_array() ? ordered : Json();
}

Json own_tags(const stack::ResourceCall& call, const Json& actual) {
  Json ordered = Json::array();
  const Json& expected = call.properties["Tags"];
  auto add = [&](const Json& tag) { ordered.push_back(Json::object({{"Key", tag["Key"]}, {"Value", tag["Value"]}})); };
  auto named = [](const Json& tags, std::string_view key) -> const Json* {
    for (size_t index = 0; index < tags.size(); ++index) {
      if (tags[index].text("Key") == key) return &tags[index];
    }
    return nullptr;
  };
  for (size_t index = 0; index < expected.size(); ++index) {
    if (const Json* tag = named(actual, expected[index].text("Key"))) add(*tag);
  }
  for (size_t index = 0; index < actual.size(); ++index) {
    std::string_view key = actual[index].text("Key");
    if (!named(expected, key) && !call.tags.find(key)) add(actual[index]);
  }
  return ordered;
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const Json& item : list.items()) {
    if (item.is_string()) texts.emplace_back(item.as_string());
  }
  return texts;
}

}  // namespace penstock::aws::cloudformation
