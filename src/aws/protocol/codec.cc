#include "aws/protocol/codec.h"

#include "aws/protocol/json_codec.h"
#include "aws/protocol/query_codec.h"
#include "aws/protocol/rest_codec.h"
#include "base/limits.h"

namespace penstock::aws {
namespace {

Outcome<void> read_json(const OperationModel& operation, HttpRequest& request, void* input) {
  Validation validation;
  Json json = Json::object();
  if (!request.body.bytes.empty()) {
    auto parsed = parse_json(request.body.bytes, {limits::json_depth_max});
    if (!parsed.ok()) return Error{"SerializationException", parsed.error().message};
    json = std::move(*parsed);
  }
  if (auto read = from_json(*operation.input, json, input, validation); !read.ok()) return read;
  std::string_view code = operation.service->validation_code;
  if (!validation.ok() && !code.empty()) return validation.error(code);
  return {};
}

std::string json_content_type(const Exchange& exchange) {
  if (exchange.protocol == Protocol::rest_json) return "application/json";
  return exchange.protocol == Protocol::json_1_0 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1";
}

HttpResponse write_json(const Exchange& exchange, const OperationModel& operation, const void* output) {
  HttpResponse response;
  response.status = operation.status;
  response.headers = {{"x-amzn-RequestId", exchange.request_id}, {"Content-Type", json_content_type(exchange)}};
  if (operation.has_output) append_json(response.body, to_json(*operation.output, output));
  return response;
}

// A field of an error, as the error's shape says; text when the shape does not know it.
Json error_field(const ErrorModel* model, const std::string& name, const std::string& text) {
  if (model == nullptr || model->shape == nullptr) return Json(text);
  for (const Member& member : model->shape->members) {
    if (member.wire != name) continue;
    Type type = member.shape->type;
    if (type == Type::string || type == Type::timestamp || type == Type::blob) return Json(text);
    auto parsed = parse_json(text);  // numbers, booleans, lists and structures are given as JSON
    return parsed.ok() ? *parsed : Json(text);
  }
  return Json(text);
}

// The header in which a field of an error travels, or empty.
std::string_view error_header(const ErrorModel* model, const std::string& name) {
  if (model == nullptr || model->shape == nullptr) return {};
  for (const Member& member : model->shape->members) {
    if (member.name == name && member.location == Location::header) return member.wire;
  }
  return {};
}

// The error's members: the message under the shape's own spelling, and the further fields.
Json error_body(const ErrorModel* model, const Error& error) {
  std::string message_key = error.code == "SerializationException" ? "Message" : "message";
  if (model != nullptr && model->shape != nullptr) {
    for (const Member& member : model->shape->members) {
      if (member.wire == "message" || member.wire == "Message") message_key = member.wire;
    }
  }
  Json body = Json::object();
  body.set("__type", error.code);
  if (!error.message.empty()) body.set(message_key, error.message);
  for (const auto& [name, text] : error.fields) {
    if (error_header(model, name).empty()) body.set(name, error_field(model, name, text));
  }
  return body;
}

HttpResponse write_json_error(const Exchange& exchange, const Error& error) {
  const ErrorModel* model = exchange.service != nullptr ? find_error(*exchange.service, error.code) : nullptr;
  HttpResponse response;
  response.status = error_status(exchange.service, error);
  response.headers = {{"x-amzn-RequestId", exchange.request_id}, {"Content-Type", json_content_type(exchange)}};
  Json body = error_body(model, error);
  if (exchange.protocol == Protocol::rest_json) {
    response.set_header("x-amzn-ErrorType", error.code);
    body.erase("__type");
    for (const auto& [name, text] : error.fields) {
      if (auto header = error_header(model, name); !header.empty()) response.set_header(header, text);
    }
  }
  if (exchange.query_mode == "true" && model != nullptr) {
    response.set_header("x-amzn-query-error", std::string(model->code) + (model->receiver ? ";Receiver" : ";Sender"));
    body.set("__type", model->name);
  }
  append_json(response.body, body);
  return response;
}

}  // namespace

Exchange make_exchange(Protocol protocol, const ServiceModel* service, const HttpRequest& request,
                       std::string_view request_id) {
  return {protocol,
          service,
          std::string(request_id),
          request.method,
          std::string(request.header("content-type")),
          request.path,
          std::string(request.header("x-amzn-query-mode"))};
}

int error_status(const ServiceModel* service, const Error& error) {
  if (error.status != 400 || service == nullptr) return error.status;
  const ErrorModel* model = find_error(*service, error.code);
  return model != nullptr ? model->status : error.status;
}

Outcome<void> read_request(Protocol protocol, const OperationModel& operation, HttpRequest& request,
                           const Labels& labels, void* input) {
  switch (protocol) {
    case Protocol::json_1_0:
    case Protocol::json_1_1:
      return read_json(operation, request, input);
    case Protocol::query:
      return read_query(operation, request, input);
    case Protocol::rest_json:
    case Protocol::rest_xml:
      break;
  }
  return read_rest(protocol, operation, request, labels, input);
}

HttpResponse write_response(const Exchange& exchange, const OperationModel& operation, void* output) {
  switch (exchange.protocol) {
    case Protocol::json_1_0:
    case Protocol::json_1_1:
      return write_json(exchange, operation, output);
    case Protocol::query:
      return write_query(exchange, operation, output);
    case Protocol::rest_json:
    case Protocol::rest_xml:
      break;
  }
  return write_rest(exchange, operation, output);
}

HttpResponse write_error(const Exchange& exchange, const Error& error) {
  switch (exchange.protocol) {
    case Protocol::query:
      return write_query_error(exchange, error);
    case Protocol::rest_xml:
      // S3 alone has no wrapper around <Error>; the others' form is that of the query protocol.
      if (exchange.service != nullptr && exchange.service->name != "s3") return write_query_error(exchange, error);
      return write_s3_error(exchange, error);
    default:
      return write_json_error(exchange, error);
  }
}

}  // namespace penstock::aws
