#include "aws/cloudformation/request.h"

#include <fmt/format.h>

#include "aws/protocol/guard.h"
#include "base/encoding.h"
#include "core/stack/stack_policy.h"
#include "store/objects.h"

namespace penstock::aws::cloudformation {

namespace {

Error invalid(std::string text) {
  return Error{"ValidationError", std::move(text)};
}

struct ObjectPlace {
  std::string bucket;
  std::string key;
  std::string version;
};

// "s3.amazonaws.com", "s3.us-west-2.amazonaws.com", "s3-us-west-2.amazonaws.com".
bool is_s3_host(std::string_view host) {
  return host.ends_with(".amazonaws.com") && (host.starts_with("s3.") || host.starts_with("s3-"));
}

std::string_view without_port(std::string_view authority) {
  size_t colon = authority.rfind(':');
  return colon == std::string_view::npos || authority.ends_with(']') ? authority : authority.substr(0, colon);
}

// The bucket that a host name begins with: "BUCKET.s3.amazonaws.com", "BUCKET.localhost", "BUCKET.<our endpoint>".
std::string_view host_bucket(std::string_view host, std::string_view own_host) {
  size_t dot = host.find(".s3.");
  if (dot == std::string_view::npos) dot = host.find(".s3-");
  if (dot != std::string_view::npos && host.ends_with(".amazonaws.com")) return host.substr(0, dot);
  for (std::string_view known : {own_host, std::string_view("localhost")}) {
    if (host.size() > known.size() + 1 && host.ends_with(known) && host[host.size() - known.size() - 1] == '.') {
      return host.substr(0, host.size() - known.size() - 1);
    }
  }
  return {};
}

Outcome<ObjectPlace> place_of(std::string_view url, std::string_view endpoint) {
  size_t scheme = url.find("://");
  if (scheme == std::string_view::npos)
    return invalid("S3 error: Domain name specified in " + std::string(url) + " is not a valid S3 domain");
  std::string_view kind = url.substr(0, scheme);
  std::string_view rest = url.substr(scheme + 3);
  std::string_view query;
  if (size_t mark = rest.find('?'); mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  ObjectPlace place;
  std::string_view host = without_port(authority);
  std::string_view own = without_port(endpoint.substr(endpoint.find("://") + 3));
  std::string_view bucket = kind == "s3" ? authority : host_bucket(host, own);
  if (bucket.empty() && !is_s3_host(host)) {
    // Path style, at whatever name clients reach us by; a foreign server's objects are not here, which is then said.
    if (kind != "http" && kind != "https") return invalid(fmt::format("S3 error: {} is not an S3 URL", url));
  }
  if (bucket.empty()) {
    size_t end = path.find('/');
    bucket = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  place.bucket = uri_decode(bucket);
  place.key = uri_decode(path);
  for (std::string_view part : split(query, '&')) {
    if (part.starts_with("versionId=")) place.version = uri_decode(part.substr(10));
  }
  if (place.bucket.empty() || place.key.empty()) return invalid(fmt::format("S3 error: {} names no object", url));
  return place;
}

Outcome<std::string> read_content(Platform& platform, const ObjectPlace& place, std::string_view url) {
  auto refused = [&](const Error& error) {
    return invalid(fmt::format("S3 error: {} ({}: bucket {}, key {}, from {})", error.message, error.code, place.bucket,
                               place.key, url));
  };
  Outcome<store::OpenedVersion> opened = platform.objects.open_version(place.bucket, place.key, place.version);
  if (!opened) return refused(opened.error());
  if (opened->version.delete_marker) return refused({"NoSuchKey", "The specified key does not exist."});
  if (opened->version.size > stack::template_object_bytes_max) {
    return invalid("Template may not exceed 1000000 bytes in size.");
  }
  return opened->content.read_all(platform.disk);
}

}  // namespace

stack::Asker asker_of(const Context& context) {
  return {
      context.account, context.region, {context.caller.arn, context.caller.user_id, context.caller.session_policies}};
}

Outcome<std::string> read_template_url(const Context& context, std::string_view url) {
  Outcome<ObjectPlace> place = place_of(url, context.platform.endpoint);
  if (!place) return place.error();
  if (context.platform.guard != nullptr) {
    Outcome<void> may =
        context.platform.guard->check(context, {place->version.empty() ? "s3:GetObject" : "s3:GetObjectVersion",
                                                fmt::format("arn:aws:s3:::{}/{}", place->bucket, place->key)});
    if (!may) return invalid(fmt::format("S3 error: Access Denied ({})", may.error().message));
  }
  return read_content(context.platform, *place, url);
}

Outcome<std::optional<std::string>> read_template(Context& context, const std::optional<std::string>& body,
                                                  const std::optional<std::string>& url) {
  if (body && url) return invalid("Only one of Template URL or Template Body may be specified.");
  if (body) {
    if (body->size() > stack::template_body_bytes_max) {
      return invalid(
          fmt::format("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must "
                      "have length less than or equal to {}",
                      stack::template_body_bytes_max));
    }
    return body;
  }
  if (!url) return std::optional<std::string>();
  Outcome<std::string> text = read_template_url(context, *url);
  if (!text) return text.error();
  return std::optional(std::move(*text));
}

Outcome<std::optional<std::string>> read_policy(Context& context, const std::optional<std::string>& body,
                                                const std::optional<std::string>& url) {
  if (body && url) return invalid("You cannot specify both StackPolicyBody and StackPolicyURL.");
  std::optional<std::string> policy = body;
  if (url) {
    Outcome<std::string> text = read_template_url(context, *url);
    if (!text) return text.error();
    policy = std::move(*text);
  }
  if (!policy) return policy;
  if (Outcome<void> checked = stack::check_stack_policy(*policy); !checked) return checked.error();
  return policy;
}

std::vector<stack::GivenParameter> given_parameters(const std::optional<std::vector<Parameter>>& parameters) {
  std::vector<stack::GivenParameter> given;
  if (!parameters) return given;
  for (const Parameter& parameter : *parameters) {
    given.push_back({parameter.parameter_key.value_or(""), parameter.parameter_value.value_or(""),
                     parameter.use_previous_value.value_or(false)});
  }
  return given;
}

std::vector<Parameter> shown_parameters(const stack::Definition& definition) {
  std::vector<Parameter> shown;
  Outcome<stack::TemplateText> text = stack::read_template_text(definition.template_body);
  if (!text) return shown;
  for (const auto& [key, value] : definition.parameters) {
    Parameter& parameter = shown.emplace_back();
    parameter.parameter_key = key;
    parameter.parameter_value = stack::is_no_echo(text->value["Parameters"][key]) ? "****" : value;
    auto stored = definition.stored.find(key);
    if (stored != definition.stored.end()) parameter.resolved_value = stored->second;
  }
  return shown;
}

Outcome<std::optional<Json>> given_tags(const std::optional<std::vector<Tag>>& tags) {
  if (!tags) return std::optional<Json>();
  Json given = Json::object();
  for (const Tag& tag : *tags) {
    if (tag.key.starts_with("aws:")) return invalid("aws: prefixed tag key names are not allowed for external use.");
    given.set(tag.key, Json(tag.value));
  }
  return std::optional(std::move(given));
}

std::vector<Tag> shown_tags(const Json& tags) {
  std::vector<Tag> shown;
  if (!tags.is_object()) return shown;
  for (const JsonMember& tag : tags.members()) shown.push_back({tag.key, std::string(tag.value.as_string())});
  return shown;
}

Outcome<void> refuse(bool asked, std::string_view what) {
  if (!asked) return {};
  return Error{"ValidationError", fmt::format("{} is not served here: leave it out.", what)};
}

}  // namespace penstock::aws::cloudformation
