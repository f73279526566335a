#include "aws/protocol/front.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/context.h"
#include "aws/protocol/query_codec.h"
#include "aws/protocol/scalar.h"
#include "aws/protocol/stream_out.h"
#include "base/assert.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws {
namespace {

// A call that came by HTTP.
class HttpCall final : public Call {
 public:
  HttpCall(Exchange exchange, const OperationModel& operation, HttpRequest request, Labels labels, Front::Done done)
      : exchange_(std::move(exchange)),
        operation_(operation),
        request_(std::move(request)),
        labels_(std::move(labels)),
        done_(std::move(done)) {}

  Outcome<void> read(const Shape&, void* input) override {
    return read_request(exchange_.protocol, operation_, request_, labels_, input);
  }
  void succeed(const Shape&, void* output) override { done_(write_response(exchange_, operation_, output)); }
  void fail(Error error) override { done_(write_error(exchange_, error)); }

 private:
  Exchange exchange_;
  const OperationModel& operation_;
  HttpRequest request_;
  Labels labels_;
  Front::Done done_;
};

// Reads a stream's file into its bytes, as far as a Step Functions payload may be long.
Outcome<void> load_stream(Disk& disk, StreamOut& stream) {
  if (!stream.file) return {};
  if (stream.file->size > limits::payload_bytes_max) {
    return Error{"States.DataLimitExceeded", fmt::format("The body of {} bytes is longer than the limit of {} bytes",
                                                         stream.file->size, limits::payload_bytes_max)};
  }
  auto file = disk.open(stream.file->path, Disk::Mode::read);
  if (!file.ok()) return std::move(file.error());
  stream.bytes.resize(stream.file->size);
  size_t filled = 0;
  while (filled < stream.bytes.size()) {
    auto count =
        (*file)->read_at(stream.file->offset + filled, stream.bytes.data() + filled, stream.bytes.size() - filled);
    if (!count.ok()) return std::move(count.error());
    if (*count == 0) return Error{"InternalError", "An object's file is shorter than its record says", 500};
    filled += *count;
  }
  stream.file.reset();
  return {};
}

// A call from within: a Step Functions task, a stack.
class JsonCall final : public Call {
 public:
  JsonCall(const OperationModel& operation, Json parameters, JsonStyle style, Disk& disk, Front::InvokeDone done)
      : operation_(operation), parameters_(std::move(parameters)), style_(style), disk_(disk), done_(std::move(done)) {}

  Outcome<void> read(const Shape& shape, void* input) override {
    Validation validation;
    if (auto read = from_json(shape, parameters_, input, validation, style_); !read.ok()) return read;
    if (validation.ok()) return {};
    std::string_view code = operation_.service->validation_code;
    return validation.error(code.empty() ? "InvalidArgument" : code);
  }

  void succeed(const Shape& shape, void* output) override {
    const Member* payload = shape.payload;
    if (payload != nullptr && payload->shape->type == Type::stream) {
      auto loaded = load_stream(disk_, *static_cast<StreamOut*>(payload->make(output)));
      if (!loaded.ok()) return fail(std::move(loaded.error()));
    }
    done_(to_json(shape, output, style_));
  }

  void fail(Error error) override {
    error.status = error_status(operation_.service, error);
    done_(std::move(error));
  }

 private:
  const OperationModel& operation_;
  Json parameters_;
  JsonStyle style_;
  Disk& disk_;
  Front::InvokeDone done_;
};

Protocol json_protocol(const HttpRequest& request) {
  return request.header("content-type").find("x-amz-json-1.0") != std::string_view::npos ? Protocol::json_1_0
                                                                                         : Protocol::json_1_1;
}

bool speaks(const ServiceModel& service, Protocol protocol) {
  return std::find(service.protocols.begin(), service.protocols.end(), protocol) != service.protocols.end();
}

// "cloudwatchlogs" of "CloudWatch Logs": how Step Functions and the SDKs for Java name a service.
std::string sdk_name(std::string_view id) {
  return to_lower(replace_all(std::string(id), " ", ""));
}

Error not_served(const ServiceModel& service, std::string_view operation) {
  return Error{
      "NotImplemented",
      fmt::format("{} is an operation of {} that Penstock does not serve; docs/coverage.md lists those it does.",
                  operation, service.full_name),
      501};
}

Error unknown_operation(const ServiceModel& service, std::string_view operation, std::string_view code) {
  return Error{std::string(code), fmt::format("{} has no operation {}", service.full_name, operation)};
}

std::string_view without_port(std::string_view host) {
  size_t colon = host.rfind(':');
  return colon == std::string_view::npos || host.ends_with(']') ? host : host.substr(0, colon);
}

bool is_ip_address(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::string_view Route::label(std::string_view name) const {
  auto found = std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == name; });
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

Front::Front(std::vector<const ServiceTable*> services, std::vector<std::string> host_names)
    : services_(std::move(services)), host_names_(std::move(host_names)) {
  host_names_.insert(host_names_.end(), {"s3.localhost", "localhost"});
  for (const ServiceTable* service : services_) {
    if (speaks(*service->model, Protocol::rest_xml) || speaks(*service->model, Protocol::rest_json)) {
      rest_routes_.emplace_back(service, RestRoutes(*service->model));
    }
  }
}

const RestRoutes* Front::rest_routes(const ServiceTable& service) const {
  auto found = std::find_if(rest_routes_.begin(), rest_routes_.end(), [&](auto& e) { return e.first == &service; });
  return found == rest_routes_.end() ? nullptr : &found->second;
}

const ServiceTable* Front::find_service(std::string_view name) const {
  std::string wanted = to_lower(name);
  auto found = std::find_if(services_.begin(), services_.end(), [&](const ServiceTable* service) {
    const ServiceModel& model = *service->model;
    return model.name == wanted || model.signing_name == wanted || sdk_name(model.id) == wanted;
  });
  return found == services_.end() ? nullptr : *found;
}

Outcome<const Operation*> Front::find(std::string_view service_name, std::string_view name) const {
  const ServiceTable* service = find_service(service_name);
  if (service == nullptr) {
    return Error{"UnknownService", fmt::format("Penstock does not serve '{}'.", service_name)};
  }
  Route route;
  route.service = service;
  set_operation(upper_first(name), route);
  if (route.error) return std::move(*route.error);
  return route.operation;
}

void Front::set_operation(std::string_view name, Route& route) const {
  const ServiceModel& model = *route.service->model;
  route.operation = route.service->find(name);
  if (route.operation != nullptr) {
    const Member* payload = route.operation->model->input->payload;
    route.streams_body = payload != nullptr && payload->shape->type == Type::body;
    return;
  }
  bool known = std::any_of(model.not_served.begin(), model.not_served.end(), [&](auto& o) { return o.name == name; }) ||
               std::any_of(model.operations.begin(), model.operations.end(), [&](auto* o) { return o->name == name; });
  std::string_view code = route.protocol == Protocol::query ? "InvalidAction" : "UnknownOperationException";
  route.error = known ? not_served(model, name) : unknown_operation(model, name, code);
}

void Front::route_target(const HttpRequest& request, Route& route) const {
  std::string_view target = request.header("x-amz-target");
  size_t dot = target.rfind('.');
  if (dot == std::string_view::npos) {
    route.error = Error{"UnknownOperationException", "The header X-Amz-Target must be PREFIX.OPERATION"};
    return;
  }
  set_operation(target.substr(dot + 1), route);
}

void Front::route_query(const HttpRequest& request, Route& route) const {
  route.protocol = Protocol::query;
  std::string action = query_action(request);
  if (!action.empty()) return set_operation(action, route);
  route.needs_body = request.method == "POST" && request.body.bytes.empty() && request.header("content-length") != "0";
  if (!route.needs_body) route.error = Error{"MissingAction", "The request must contain the parameter Action."};
}

void Front::route_rest(const HttpRequest& request, Route& route) const {
  const ServiceModel& model = *route.service->model;
  route.protocol = speaks(model, Protocol::rest_xml) ? Protocol::rest_xml : Protocol::rest_json;
  std::string path = request.path;
  if (model.name == "s3") {
    std::string_view bucket = host_bucket(request.header("host"));
    if (!bucket.empty()) path = "/" + std::string(bucket) + request.path;
  }
  RestMatch match = rest_routes(*route.service)->match(request, path);
  route.labels = std::move(match.labels);
  if (match.operation != nullptr) return set_operation(match.operation->name, route);
  if (match.not_served != nullptr) return set_operation(match.not_served->name, route);
  route.error =
      route.protocol == Protocol::rest_xml
          ? Error{"MethodNotAllowed", "The specified method is not allowed against this resource.", 405}
          : Error{"UnknownOperationException",
                  fmt::format("{} has no operation {} {}", model.full_name, request.method, request.path), 404};
}

std::string_view Front::host_bucket(std::string_view host) const {
  host = without_port(host);
  if (host.empty() || is_ip_address(host)) return {};
  // bucket.s3.amazonaws.com, bucket.s3.REGION.amazonaws.com, bucket.s3-REGION.amazonaws.com
  if (host.ends_with(".amazonaws.com")) {
    size_t mark = std::min(host.find(".s3."), host.find(".s3-"));
    return mark == std::string_view::npos ? std::string_view() : host.substr(0, mark);
  }
  for (const std::string& name : host_names_) {
    if (host == name) return {};
    if (host.size() > name.size() + 1 && host.ends_with(name) && host[host.size() - name.size() - 1] == '.') {
      return host.substr(0, host.size() - name.size() - 1);
    }
  }
  return {};
}

// By the target header, else by the credential scope, else by the query's Version; unsigned calls of no known form are
// S3's.
void Front::choose_service(const HttpRequest& request, std::string_view signing_name, Route& route) const {
  std::string_view target = request.header("x-amz-target");
  std::string_view prefix = target.substr(0, std::min(target.rfind('.'), target.size()));
  for (const ServiceTable* service : services_) {
    const ServiceModel& model = *service->model;
    if (!target.empty() ? model.target_prefix == prefix : model.signing_name == signing_name) route.service = service;
  }
  if (route.service != nullptr && !signing_name.empty() && route.service->model->signing_name != signing_name) {
    route.error = Error{
        "InvalidSignatureException",
        fmt::format("Credential should be scoped to correct service: '{}'.", route.service->model->signing_name), 403};
  }
  if (route.service != nullptr || !signing_name.empty() || !target.empty()) return;
  std::vector<std::pair<std::string, std::string>> parameters = request.query_parameters();
  for (const auto& [name, value] : parameters) {
    for (const ServiceTable* service : services_) {
      if (name == "Version" && service->model->api_version == value) route.service = service;
    }
  }
  if (route.service == nullptr) route.service = find_service("s3");
}

Route Front::route(const HttpRequest& request, std::string_view signing_name) const {
  Route route;
  bool has_target = request.has_header("x-amz-target");
  choose_service(request, signing_name, route);
  if (has_target) route.protocol = json_protocol(request);
  if (route.service == nullptr) {
    bool form = request.header("content-type").starts_with("application/x-www-form-urlencoded");
    if (!has_target) route.protocol = form ? Protocol::query : Protocol::rest_json;
    std::string names;
    for (const ServiceTable* service : services_) {
      names += (names.empty() ? "" : ", ") + std::string(service->model->signing_name);
    }
    route.error = Error{has_target ? "UnknownOperationException" : "NotImplemented",
                        fmt::format("Penstock does not serve the service '{}'. It serves: {}.",
                                    signing_name.empty() ? request.header("x-amz-target") : signing_name, names),
                        has_target ? 400 : 501};
  } else if (route.error) {
    return route;
  } else if (has_target) {
    route_target(request, route);
  } else if (speaks(*route.service->model, Protocol::query)) {
    route_query(request, route);
  } else if (rest_routes(*route.service) != nullptr) {
    route_rest(request, route);
  } else {
    route.protocol = json_protocol(request);
    route.error = Error{"UnknownOperationException", "The header X-Amz-Target is missing: it names the operation."};
  }
  return route;
}

void Front::dispatch(Context& context, const Route& route, HttpRequest request, Done done) const {
  const ServiceModel* service = route.service != nullptr ? route.service->model : nullptr;
  Exchange exchange = make_exchange(route.protocol, service, request, context.request_id);
  if (route.operation == nullptr) {
    Error missing{"MissingAction", "The request must contain the parameter Action."};
    return done(write_error(exchange, route.error.value_or(missing)));
  }
  const Operation& operation = *route.operation;
  operation.run(operation, context,
                std::make_unique<HttpCall>(std::move(exchange), *operation.model, std::move(request), route.labels,
                                           std::move(done)));
}

HttpResponse Front::error_response(const Route& route, const HttpRequest& request, const Error& error,
                                   std::string_view request_id) const {
  const ServiceModel* service = route.service != nullptr ? route.service->model : nullptr;
  return write_error(make_exchange(route.protocol, service, request, request_id), error);
}

void Front::invoke(Context& context, std::string_view service, std::string_view name, const Json& parameters,
                   JsonStyle style, InvokeDone done) const {
  auto found = find(service, name);
  if (!found.ok()) return done(std::move(found.error()));
  const Operation& operation = **found;
  operation.run(
      operation, context,
      std::make_unique<JsonCall>(*operation.model, parameters, style, context.platform.disk, std::move(done)));
}

}  // namespace penstock::aws
