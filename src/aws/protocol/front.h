// Front: finds the service and the operation of a request, and runs it: decode, validate, handler, encode. The one path
// of HTTP calls and of Step Functions integrations.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/protocol/http.h"
#include "aws/protocol/json_codec.h"
#include "aws/protocol/operation.h"
#include "aws/protocol/rest_route.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::aws {

// What a request calls. When `error` is set, answer it with Front::error_response.
struct Route {
  const ServiceTable* service = nullptr;  // nullptr: none of that signing name
  const Operation* operation = nullptr;   // nullptr: `error` says why, or `needs_body`
  Protocol protocol = Protocol::json_1_0;
  bool needs_body = false;    // query protocol with the Action in the body: route again once the body is read
  bool streams_body = false;  // the body is an object's content: may be larger than memory
  // Decoded parts of the path, by the model's names: {"Bucket", "b"}, {"Key", "a/b c"}. REST only.
  Labels labels;
  std::optional<Error> error;

  // The label's value, or empty.
  std::string_view label(std::string_view name) const;
};

class Front {
 public:
  using Done = std::function<void(HttpResponse response)>;
  using InvokeDone = std::function<void(Outcome<Json> result)>;

  // `host_names`: names by which clients reach us besides localhost and IP addresses; "bucket.NAME" is then S3's
  // virtual-host style.
  explicit Front(std::vector<const ServiceTable*> services, std::vector<std::string> host_names = {});

  // Finds the operation by the request's head. `signing_name` is the service of the credential scope; when it is empty
  // (an unsigned call) the target header or the query's Version decide, and S3 is taken for anything else.
  Route route(const HttpRequest& request, std::string_view signing_name) const;

  // Runs the operation of `route` (which has one); `done` is called exactly once, perhaps after dispatch has returned
  // and on another thread. `context` is used only until dispatch returns.
  void dispatch(Context& context, const Route& route, HttpRequest request, Done done) const;

  // `error` in the form of the route's protocol.
  HttpResponse error_response(const Route& route, const HttpRequest& request, const Error& error,
                              std::string_view request_id) const;

  // Calls an operation from within (a task, a stack): `service` is a folder name ("states"), an SDK's name ("sfn",
  // "cloudwatchlogs") or a signing name; `operation` is the model's name, its first letter in either case.
  // An unknown service or operation, or one that is not served, is an error naming it.
  void invoke(Context& context, std::string_view service, std::string_view operation, const Json& parameters,
              JsonStyle style, InvokeDone done) const;

  // The served operation, or the error that says why there is none.
  Outcome<const Operation*> find(std::string_view service, std::string_view operation) const;
  const ServiceTable* find_service(std::string_view name) const;
  const std::vector<const ServiceTable*>& services() const { return services_; }

 private:
  void choose_service(const HttpRequest& request, std::string_view signing_name, Route& route) const;
  void route_target(const HttpRequest& request, Route& route) const;
  void route_query(const HttpRequest& request, Route& route) const;
  void route_rest(const HttpRequest& request, Route& route) const;
  // Sets the operation of that name, or the error that says why there is none.
  void set_operation(std::string_view name, Route& route) const;
  const RestRoutes* rest_routes(const ServiceTable& service) const;
  // The bucket that the Host header names in virtual-host style, or empty.
  std::string_view host_bucket(std::string_view host) const;

  std::vector<const ServiceTable*> services_;
  std::vector<std::pair<const ServiceTable*, RestRoutes>> rest_routes_;
  std::vector<std::string> host_names_;
};

}  // namespace penstock::aws
