// RestRoutes: which operation of a REST service a method, a path and a query string mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/protocol/codec.h"
#include "aws/protocol/http.h"
#include "aws/protocol/operation.h"

namespace penstock::aws {

struct RestMatch {
  const OperationModel* operation = nullptr;  // one of the served model
  const NotServed* not_served = nullptr;      // or one that is known only by name
  Labels labels;
};

class RestRoutes {
 public:
  explicit RestRoutes(const ServiceModel& service);

  // The most particular operation that fits: all of its literal path and query parts, and its required query and header
  // members, are there. `path` is percent-encoded. Neither pointer is set when nothing fits.
  RestMatch match(const HttpRequest& request, std::string_view path) const;

 private:
  struct Pattern {
    const OperationModel* operation = nullptr;
    const NotServed* not_served = nullptr;
    std::string_view method;
    std::vector<std::string_view> segments = {};  // "{Bucket}", "{Key+}", or literal
    // Query parts of the URI ("uploads", "list-type=2") and required query members (name only).
    std::vector<std::pair<std::string_view, std::string_view>> query = {};
    std::vector<std::string> headers = {};  // required header members, in lower case
    size_t weight = 0;                      // how particular: the number of things it asks for
  };
  using Query = std::vector<std::pair<std::string, std::string>>;

  void add(Pattern pattern, std::string_view uri);
  static bool fits(const Pattern& pattern, const HttpRequest& request, const Query& query);
  static bool fits_path(const Pattern& pattern, std::string_view path, Labels& labels);

  std::vector<Pattern> patterns_;  // the most particular first
};

}  // namespace penstock::aws
