// Reads calls, a JSON text a line, and says how our codecs read and write them: for round_trip.py, which plays the
// client. {"entry": "s3/GetObject", "method", "path", "query", "headers", "body" in base64} is answered by {"params"};
// {"entry", "result"} by {"status", "headers", "body"}; both by {"error"} when they cannot be.
#include <iostream>
#include <map>

#include "aws/protocol/rest_route.h"
#include "base/encoding.h"
#include "vectors.h"

namespace penstock::vectors {
namespace {

using aws::HttpRequest;
using aws::HttpResponse;
using aws::Protocol;

Json failure(const std::string& text) {
  return Json::object({{"error", text}});
}

Json read_call(const Json& call, const Entry& entry) {
  HttpRequest request;
  request.method = call.text("method");
  request.path = call.text("path");
  request.query = call.text("query");
  request.body.bytes = from_base64(call.text("body")).value_or("");
  for (const JsonMember& header : call["headers"].members()) {
    request.headers.emplace_back(to_lower(header.key), header.value.as_string());
  }
  Protocol protocol = entry.model->service->protocols.front();
  aws::Labels labels;
  if (protocol == Protocol::rest_xml || protocol == Protocol::rest_json) {
    aws::RestMatch match = aws::RestRoutes(*entry.model->service).match(request, request.path);
    if (match.operation != entry.model) return failure("routed to another operation");
    labels = match.labels;
  }
  auto params = entry.read(protocol, request, labels);
  if (!params.ok()) return failure(params.error().code + ": " + params.error().message);
  return Json::object({{"params", *params}});
}

Json write_result(const Json& call, const Entry& entry) {
  HttpRequest request;
  request.method = entry.model->method;
  const aws::ServiceModel* service = entry.model->service;
  auto response = entry.write(aws::make_exchange(service->protocols.front(), service, request, "echo"), call["result"]);
  if (!response.ok()) return failure(response.error().message);
  Json headers = Json::object();
  for (const auto& [name, value] : response->headers) headers.set(name, value);
  return Json::object({{"status", response->status}, {"headers", headers}, {"body", to_base64(response->body)}});
}

}  // namespace

void echo() {
  std::map<std::string, Entry, std::less<>> entries;
  for (const Entry& entry : services()) entries.emplace(entry.name, entry);
  for (std::string line; std::getline(std::cin, line);) {
    Json call = parse_json(line).value();
    const Entry& entry = entries.at(std::string(call.text("entry")));
    bool is_result = call.find("result") != nullptr;
    std::cout << to_string(is_result ? write_result(call, entry) : read_call(call, entry)) << std::endl;
  }
}

}  // namespace penstock::vectors

int main() {
  penstock::vectors::echo();
}
