#include "aws/s3/errors.h"

#include <fmt/format.h>

namespace penstock::aws::s3 {

Error invalid_argument(std::string_view message, std::string_view name, std::string_view value) {
  return Error{"InvalidArgument",
               std::string(message),
               400,
               {{"ArgumentName", std::string(name)}, {"ArgumentValue", std::string(value)}}};
}

Error invalid_request(std::string_view message) {
  return Error{"InvalidRequest", std::string(message), 400, {}};
}

Error malformed_xml() {
  return Error{"MalformedXML",
               "The XML you provided was not well-formed or did not validate against our published schema",
               400,
               {}};
}

Error precondition_failed(std::string_view condition) {
  return Error{"PreconditionFailed",
               "At least one of the pre-conditions you specified did not hold",
               412,
               {{"Condition", std::string(condition)}}};
}

Error method_not_allowed(std::string_view method, std::string_view resource_type) {
  return Error{"MethodNotAllowed",
               "The specified method is not allowed against this resource.",
               405,
               {{"Method", std::string(method)}, {"ResourceType", std::string(resource_type)}}};
}

Error not_implemented(std::string_view what) {
  return Error{"NotImplemented", fmt::format("Penstock does not implement {}.", what), 501, {}};
}

Error invalid_range(std::string_view range, uint64_t size) {
  return Error{"InvalidRange",
               "The requested range is not satisfiable",
               416,
               {{"RangeRequested", std::string(range)}, {"ActualObjectSize", std::to_string(size)}}};
}

Error to_answer(Error error) {
  if (error.code == "DiskFull") return Error{"ServiceUnavailable", std::move(error.message), 503, {}};
  if (error.code == "DiskError") return Error{"InternalError", std::move(error.message), 500, {}};
  return error;
}

}  // namespace penstock::aws::s3
