#include "aws/integration/answer.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace penstock::aws::integration {

namespace {

std::string_view content_type(const ServiceModel& service) {
  switch (service.protocols.front()) {
    case Protocol::json_1_0:
      return "application/x-amz-json-1.0";
    case Protocol::json_1_1:
      return "application/x-amz-json-1.1";
    case Protocol::rest_json:
      return "application/json";
    case Protocol::query:
      return "text/xml";
    case Protocol::rest_xml:
      return "application/xml";
  }
  return {};
}

std::string with_exception(std::string_view code) {
  return std::string(code) + (code.ends_with("Exception") ? "" : "Exception");
}

// The AWS SDK for Java 2 spells a service by its id in CamelCase, so that abbreviations become words: SFN -> Sfn,
// DynamoDB -> DynamoDb, SageMaker -> SageMaker, CloudWatch Logs -> CloudWatchLogs.
std::string java_name(std::string_view id) {
  std::string name;
  for (size_t index = 0; index < id.size(); ++index) {
    char character = id[index];
    if (character == ' ' || character == '-') continue;
    bool upper = character >= 'A' && character <= 'Z';
    bool after_upper = index > 0 && id[index - 1] >= 'A' && id[index - 1] <= 'Z';
    bool before_lower = index + 1 < id.size() && id[index + 1] >= 'a' && id[index + 1] <= 'z';
    if (upper && after_upper && !before_lower) {
      name.push_back(static_cast<char>(character - 'A' + 'a'));
    } else {
      name.push_back(character);
    }
  }
  return name;
}

}  // namespace

Json with_metadata(Json answer, const ServiceModel& service, std::string_view request_id, Time now) {
  Json headers = Json::object({{"x-amzn-RequestId", request_id},
                               {"connection", "keep-alive"},
                               {"Content-Length", std::to_string(to_string(answer).size())},
                               {"Date", to_http_date(now)},
                               {"Content-Type", content_type(service)}});
  Json lists = Json::object();
  for (const JsonMember& header : headers.members()) lists.set(header.key, Json(std::vector<Json>{header.value}));
  answer.set("SdkHttpMetadata",
             Json::object({{"AllHttpHeaders", lists}, {"HttpHeaders", headers}, {"HttpStatusCode", 200}}));
  answer.set("SdkResponseMetadata", Json::object({{"RequestId", request_id}}));
  return answer;
}

TaskError own_error(const Integration& integration, const ServiceModel& service, const Error& error,
                    std::string_view request_id) {
  // Errors that the service's model lacks (ValidationException, throttling) go by the client's name.
  std::string name =
      find_error(service, error.code) ? with_exception(error.code) : std::string(integration.client) + "Exception";
  return {fmt::format("{}.{}", integration.error_prefix, name),
          fmt::format("{} (Service: {}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)", error.message,
                      integration.client, error.status, error.code, request_id)};
}

TaskError sdk_error(const ServiceModel& service, const Error& error, std::string_view request_id) {
  std::string client = java_name(service.id);
  std::string name = find_error(service, error.code) ? with_exception(error.code) : client + "Exception";
  // S3 answers with a second id besides, by which AWS finds the host.
  std::string ids = fmt::format("Request ID: {}", request_id);
  if (client == "S3") ids += fmt::format(", Extended Request ID: {}", request_id);
  return {fmt::format("{}.{}", client, name),
          fmt::format("{} (Service: {}, Status Code: {}, {}) (SDK Attempt Count: 1)", error.message, client,
                      error.status, ids)};
}

}  // namespace penstock::aws::integration
