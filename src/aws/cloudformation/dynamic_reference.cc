#include "aws/cloudformation/dynamic_reference.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace penstock::aws::cloudformation {

namespace {

constexpr std::string_view opening = "{{resolve:";
constexpr std::string_view closing = "}}";

Error invalid(std::string text) {
  return Error{"ValidationError", std::move(text)};
}

// "ssm:NAME" or "ssm:NAME:VERSION".
Outcome<std::string> look_up(const Calls& calls, std::string_view reference) {
  size_t colon = reference.find(':');
  std::string_view service = reference.substr(0, colon);
  if (service != "ssm" || colon == std::string_view::npos) {
    return invalid(
        fmt::format("Dynamic references to {} are not served here: {{{{resolve:{}}}}}. Served is "
                    "{{{{resolve:ssm:NAME}}}}.",
                    service, reference));
  }
  std::string name(reference.substr(colon + 1));
  Outcome<Json> got = calls("ssm", "GetParameter", Json::object({{"Name", Json(name)}}));
  if (!got) return invalid(fmt::format("Could not resolve {{{{resolve:{}}}}}: {}", reference, got.error().message));
  const Json& parameter = (*got)["Parameter"];
  if (parameter.text("Type") == "SecureString") {
    return invalid(fmt::format("Non-secure reference {{{{resolve:{}}}}} to a SecureString", reference));
  }
  return std::string(parameter.text("Value"));
}

Outcome<std::string> replaced(const Calls& calls, std::string_view text) {
  std::string result;
  for (size_t start = text.find(opening); start != std::string_view::npos; start = text.find(opening)) {
    size_t end = text.find(closing, start);
    if (end == std::string_view::npos) break;
    result += text.substr(0, start);
    Outcome<std::string> value = look_up(calls, text.substr(start + opening.size(), end - start - opening.size()));
    if (!value) return value.error();
    result += *value;
    text.remove_prefix(end + closing.size());
  }
  result += text;
  return result;
}

}  // namespace

Outcome<Json> with_references(const Calls& calls, const Json& value) {
  if (value.is_string()) {
    if (value.as_string().find(opening) == std::string_view::npos) return value;
    Outcome<std::string> text = replaced(calls, value.as_string());
    if (!text) return text.error();
    return Json(std::move(*text));
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value.items()) {
      Outcome<Json> made = with_references(calls, item);
      if (!made) return made;
      list.push_back(std::move(*made));
    }
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const JsonMember& member : value.members()) {
    Outcome<Json> made = with_references(calls, member.value);
    if (!made) return made;
    object.set(member.key, std::move(*made));
  }
  return object;
}

Outcome<std::string> stored_parameter(const Calls& calls, const std::string& name) {
  Outcome<Json> got = calls("ssm", "GetParameter", Json::object({{"Name", Json(name)}}));
  if (!got && is_missing(got.error())) return invalid(fmt::format("Parameters: [{}] cannot be found.", name));
  if (!got) return got.error();
  const Json& parameter = (*got)["Parameter"];
  if (parameter.text("Type") == "SecureString") {
    return invalid(
        fmt::format("Parameters [{}] referenced by template have types not supported by CloudFormation.", name));
  }
  return std::string(parameter.text("Value"));
}

}  // namespace penstock::aws::cloudformation
