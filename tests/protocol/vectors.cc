// Runs botocore's protocol vectors through the codecs. Usage: protocol_vectors CASES.json KNOWN.txt
// An input case's serialized request must decode to its params; an output case's result must encode to its response.
// KNOWN.txt lists the cases that fail, each with its reason: it may only shrink, so a listed case that passes fails the
// run too.
#include "vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "aws/protocol/rest_route.h"
#include "base/encoding.h"

namespace penstock::vectors {
namespace {

using aws::Headers;
using aws::HttpRequest;
using aws::HttpResponse;
using aws::Protocol;

std::map<std::string, Entry, std::less<>> all_entries() {
  std::map<std::string, Entry, std::less<>> entries;
  for (auto list : {input_json, input_json_1_0, input_json_1_0_query_compatible, input_query, input_rest_json,
                    input_rest_xml, output_json, output_json_1_0, output_json_1_0_query_compatible, output_query,
                    output_rest_json, output_rest_xml}) {
    for (const Entry& entry : list()) entries.emplace(entry.name, entry);
  }
  return entries;
}

std::string read_file(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Numbers and texts as the vectors mix them: "NaN" for a float, JSON for a jsonvalue, nothing for an empty body.
std::string canonical(const Json& json) {
  if (json.is_number()) return fmt::format("{}", json.as_double());
  if (json.is_array()) {
    std::string out = "[";
    for (const Json& item : json.items()) out += canonical(item) + ",";
    return out + "]";
  }
  if (!json.is_object()) return to_string(json);
  std::map<std::string, std::string> sorted;
  for (const JsonMember& member : json.members()) {
    if (!member.value.is_null()) sorted[member.key] = canonical(member.value);
  }
  std::string out = "{";
  for (const auto& [key, value] : sorted) out += key + ":" + value + ",";
  return out + "}";
}

std::string_view local_name(std::string_view name) {
  return name.substr(name.find(':') + 1);
}

// An XML element without prefixes, declarations of namespaces and surrounding space; children by name, those of one
// name in their order.
std::string canonical(const pugi::xml_node& node) {
  std::string attributes;
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    if (!std::string_view(attribute.name()).starts_with("xmlns")) {
      attributes += fmt::format(" {}={}", local_name(attribute.name()), attribute.value());
    }
  }
  std::vector<std::pair<std::string, std::string>> children;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    std::string name(local_name(child.name()));
    if (name != "ResponseMetadata" && name != "RequestId" && name != "HostId")
      children.emplace_back(name, canonical(child));
  }
  std::stable_sort(children.begin(), children.end(), [](auto& left, auto& right) { return left.first < right.first; });
  std::string out = fmt::format("<{}{}>", local_name(node.name()), attributes);
  if (children.empty()) out += trim(node.text().get());
  for (const auto& child : children) out += child.second;
  return out + "</>";
}

std::string canonical_xml(std::string_view text) {
  pugi::xml_document document;
  document.load_buffer(text.data(), text.size());
  return canonical(document.document_element());
}

std::string canonical_body(std::string_view text) {
  std::string_view start = trim(text);
  if (start.starts_with('<')) return canonical_xml(start);
  if (start.starts_with('{') || start.starts_with('[')) {
    if (auto json = parse_json(start); json.ok()) return canonical(*json);
  }
  return std::string(text);
}

HttpRequest request_of(const Json& serialized) {
  HttpRequest request;
  request.method = serialized.text("method", "POST");
  std::string_view uri = serialized.text("uri", "/");
  request.path = uri.substr(0, uri.find('?'));
  if (uri.find('?') != std::string_view::npos) request.query = uri.substr(uri.find('?') + 1);
  request.body.bytes = serialized.text("body");
  if (serialized["headers"].is_object()) {
    for (const JsonMember& header : serialized["headers"].members()) {
      request.headers.emplace_back(to_lower(header.key), header.value.as_string());
    }
  }
  return request;
}

// What is wrong with the case, or empty.
std::string run_input(const Json& test, const Entry& entry) {
  Protocol protocol = entry.model->service->protocols.front();
  HttpRequest request = request_of(test["serialized"]);
  aws::Labels labels;
  if (protocol == Protocol::rest_json || protocol == Protocol::rest_xml) {
    aws::RestMatch match = aws::RestRoutes(*entry.model->service).match(request, request.path);
    if (match.operation == nullptr) return "no operation matches";
    labels = match.labels;
  }
  auto params = entry.read(protocol, request, labels);
  if (!params.ok()) return params.error().code + ": " + params.error().message;
  std::string expected = canonical(test["params"]);
  std::string actual = canonical(*params);
  return expected == actual ? "" : fmt::format("expected {}\n      actual   {}", expected, actual);
}

Error error_of(const Json& test) {
  Error error{std::string(test.text("errorCode")), std::string(test.text("errorMessage"))};
  if (!test["error"].is_object()) return error;
  for (const JsonMember& member : test["error"].members()) {
    if (to_lower(member.key) == "message") continue;
    error.fields.emplace_back(
        member.key, member.value.is_string() ? std::string(member.value.as_string()) : to_string(member.value));
  }
  return error;
}

std::string compare_headers(const Json& expected, const Headers& actual) {
  if (!expected.is_object()) return "";
  for (const JsonMember& header : expected.members()) {
    std::string name = to_lower(header.key);
    if (name == "content-length") continue;
    auto found = std::find_if(actual.begin(), actual.end(), [&](const auto& h) { return to_lower(h.first) == name; });
    if (found == actual.end()) return "missing header " + name;
    if (found->second != header.value.as_string()) {
      return fmt::format("header {}: expected {}, actual {}", name, header.value.as_string(), found->second);
    }
  }
  return "";
}

// A client reads an error's code from the header, from `__type` or from `code`, without namespace and URI.
std::string code_of(const HttpResponse& response, const Json& body) {
  std::string code(body.text("__type"));
  for (const auto& [name, value] : response.headers) {
    if (to_lower(name) == "x-amzn-errortype") code = value;
  }
  return code;
}

// JSON errors: the code, then all members but those that carry it.
std::string compare_json_error(const Json& test, const HttpResponse& response) {
  auto read = [](std::string_view text) {
    Json body = parse_json(text.empty() ? "{}" : text).value();
    return body;
  };
  Json expected = read(trim(test["response"].text("body")));
  Json actual = read(response.body);
  if (std::string code = code_of(response, actual); code != test.text("errorCode")) return "code " + code;
  for (const char* carrier : {"__type", "code"}) {
    expected.erase(carrier);
    actual.erase(carrier);
  }
  if (canonical(expected) == canonical(actual)) return "";
  return fmt::format("expected {}\n      actual   {}", canonical(expected), canonical(actual));
}

std::string run_output(const Json& test, const Entry& entry) {
  const aws::ServiceModel* service = entry.model->service;
  aws::Exchange exchange = aws::make_exchange(service->protocols.front(), service, HttpRequest{}, "vectors");
  const Json& wanted = test["response"];
  HttpResponse response;
  if (test.find("error") != nullptr) {
    response = aws::write_error(exchange, error_of(test));
  } else {
    auto written = entry.write(exchange, test["result"]);
    if (!written.ok()) return written.error().code + ": " + written.error().message;
    response = std::move(*written);
  }
  if (wanted["status_code"].is_number() && wanted["status_code"].as_integer() != response.status) {
    return fmt::format("status: expected {}, actual {}", to_string(wanted["status_code"]), response.status);
  }
  bool is_xml = exchange.protocol == Protocol::query || exchange.protocol == Protocol::rest_xml;
  if (test.find("error") != nullptr && !is_xml) return compare_json_error(test, response);
  std::string expected = canonical_body(wanted.text("body"));
  std::string actual = canonical_body(response.body);
  // To a client of a JSON protocol no body and an empty object are the same; the vectors have both for one operation.
  if (!is_xml && expected.empty() && actual == "{}") return compare_headers(wanted["headers"], response.headers);
  if (!is_xml && expected == "{}" && actual.empty()) actual = expected;
  if (expected != actual) return fmt::format("expected {}\n      actual   {}", expected, actual);
  return compare_headers(wanted["headers"], response.headers);
}

// Lines "file id: reason"; '#' starts a comment.
std::map<std::string, std::string> known_failures(const char* path) {
  std::map<std::string, std::string> known;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    size_t colon = line.find(": ");
    if (line.empty() || line[0] == '#' || colon == std::string::npos) continue;
    known[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return known;
}

int run(const char* cases_path, const char* known_path) {
  auto cases = parse_json(read_file(cases_path));
  if (!cases.ok()) {
    std::cerr << cases.error().message << "\n";
    return 2;
  }
  auto entries = all_entries();
  auto known = known_failures(known_path);
  size_t passed = 0;
  size_t wrong = 0;
  for (const Json& test : cases->items()) {
    std::string name = fmt::format("{} {}", test.text("file"), test.text("id"));
    const Entry& entry = entries.at(std::string(test.text("entry")));
    std::string problem = test.find("serialized") != nullptr ? run_input(test, entry) : run_output(test, entry);
    passed += problem.empty();
    bool listed = known.count(name) != 0;
    if (problem.empty() != listed) continue;
    ++wrong;
    std::cout << (listed ? "passes now, take it off the list: " + name : "FAILED " + name + "\n      " + problem)
              << "\n";
  }
  std::cout << fmt::format("{} of {} cases pass; {} known failures\n", passed, cases->size(), known.size());
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace penstock::vectors

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: protocol_vectors CASES.json KNOWN.txt\n";
    return 2;
  }
  return penstock::vectors::run(argv[1], argv[2]);
}
