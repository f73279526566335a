#include "aws/cloudformation/resource_handler.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "base/encoding.h"

namespace penstock::aws::cloudformation {

namespace {

constexpr std::string_view name_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr size_t random_length = 12;

}  // namespace

Calls::Calls(Platform& platform, const Front& front, const stack::ResourceCall& call)
    : platform_(platform), front_(front), place_(call.place), caller_arn_(call.caller_arn) {}

Outcome<Json> Calls::operator()(std::string_view service, std::string_view operation, Json parameters) const {
  Context context{platform_, {}, place_.region, place_.account, platform_.random.uuid(), {}};
  context.caller.account = place_.account;
  context.caller.arn = caller_arn_;
  context.caller.user_id = place_.account;
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
                           : error.status == 403 ? "AccessDenied"
                           : error.status >= 500 ? "ServiceInternalError"
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
         error.code == "ResourceNotFoundException" || error.code == "ResourceNotFound" || error.code == "NotFound";
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

Json all_tags(const stack::ResourceCall& call) {
  Json merged = call.tags;
  if (call.properties["Tags"].is_array()) {
    for (const Json& tag : call.properties["Tags"].items()) merged.set(tag.text("Key"), Json(tag.text("Value")));
  }
  Json list = Json::array();
  for (const JsonMember& tag : merged.members()) {
    list.push_back(Json::object({{"Key", Json(tag.key)}, {"Value", tag.value}}));
  }
  return list;
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
