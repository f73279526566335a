#include "aws/s3/cors.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/json_read.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

namespace {

// "http://*.example.com": at most one star.
bool matches(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  std::string_view head = pattern.substr(0, star);
  std::string_view tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
}

std::vector<std::string> header_names(std::string_view list) {
  std::vector<std::string> names;
  for (std::string_view name : split(list, ',')) {
    if (!trim(name).empty()) names.push_back(to_lower(trim(name)));
  }
  return names;
}

bool contains(const Json& list, std::string_view text) {
  return std::ranges::any_of(texts_of(list), [&](const std::string& item) { return item == text; });
}

bool allows_headers(const Json& rule, const std::vector<std::string>& wanted) {
  std::vector<std::string> allowed = texts_of(rule["AllowedHeaders"]);
  return std::ranges::all_of(wanted, [&](const std::string& name) {
    return std::ranges::any_of(allowed, [&](const std::string& pattern) { return matches(to_lower(pattern), name); });
  });
}

struct Match {
  Json rule;
  bool any_origin = false;  // by "*": no origin is named, and none may send credentials
};

// The first rule that allows it.
std::optional<Match> find_rule(const Json& configuration, std::string_view origin, std::string_view method,
                               const std::vector<std::string>& headers) {
  const Json& rules = configuration["CORSRules"];
  if (!rules.is_array()) return std::nullopt;
  for (const Json& rule : rules.items()) {
    if (!contains(rule["AllowedMethods"], method) || !allows_headers(rule, headers)) continue;
    for (const std::string& pattern : texts_of(rule["AllowedOrigins"])) {
      if (matches(pattern, origin)) return Match{rule, pattern == "*"};
    }
  }
  return std::nullopt;
}

std::string joined(const Json& list) {
  std::string text;
  for (const std::string& item : texts_of(list)) text.append(text.empty() ? "" : ", ").append(item);
  return text;
}

void write_headers(const Match& match, std::string_view origin, HttpResponse& response) {
  response.set_header("access-control-allow-origin", match.any_origin ? "*" : origin);
  if (!match.any_origin) response.set_header("access-control-allow-credentials", "true");
  response.set_header("access-control-allow-methods", joined(match.rule["AllowedMethods"]));
  if (std::string exposed = joined(match.rule["ExposeHeaders"]); !exposed.empty()) {
    response.set_header("access-control-expose-headers", exposed);
  }
  if (auto seconds = integer_in(match.rule, "MaxAgeSeconds")) {
    response.set_header("access-control-max-age", std::to_string(*seconds));
  }
  response.set_header("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

HttpResponse refusal(int status, std::string_view code, std::string_view message, const HttpRequest& request,
                     std::string_view request_id) {
  HttpResponse response;
  response.status = status;
  response.set_header("content-type", "application/xml");
  response.body = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message><Method>{}</Method>"
      "<ResourceType>BUCKET</ResourceType><RequestId>{}</RequestId></Error>",
      code, message, request.method, request_id);
  return response;
}

}  // namespace

HttpResponse answer_preflight(Platform& platform, const HttpRequest& request, std::string_view bucket,
                              std::string_view request_id) {
  std::string_view origin = request.header("origin");
  std::string_view method = request.header("access-control-request-method");
  if (origin.empty()) {
    return refusal(400, "BadRequest", "Insufficient information. Origin request header needed.", request, request_id);
  }
  auto found = platform.objects.bucket(bucket);
  const Json* configuration = found.ok() ? found->settings.find("cors") : nullptr;
  if (configuration == nullptr) {
    return refusal(403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.", request, request_id);
  }
  std::vector<std::string> headers = header_names(request.header("access-control-request-headers"));
  std::optional<Match> match = find_rule(*configuration, origin, method, headers);
  if (!match) {
    return refusal(403, "AccessForbidden",
                   "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
                   "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
                   "whitelisted by the resource's CORS spec.",
                   request, request_id);
  }
  HttpResponse response;
  write_headers(*match, origin, response);
  if (!headers.empty()) {
    response.set_header("access-control-allow-headers", request.header("access-control-request-headers"));
  }
  return response;
}

void add_cors_headers(Platform& platform, std::string_view method, std::string_view origin, std::string_view bucket,
                      HttpResponse& response) {
  auto found = platform.objects.bucket(bucket);
  const Json* configuration = found.ok() ? found->settings.find("cors") : nullptr;
  if (configuration == nullptr) return;
  if (auto match = find_rule(*configuration, origin, method, {})) write_headers(*match, origin, response);
}

}  // namespace penstock::aws::s3
