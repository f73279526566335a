// Errors of S3 in its own words. Source: "Error responses" of the Amazon S3 API Reference, and answers of the service.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::aws::s3 {

Error invalid_argument(std::string_view message, std::string_view name, std::string_view value);
Error invalid_request(std::string_view message);
Error malformed_xml();
// `condition`: the header that did not hold.
Error precondition_failed(std::string_view condition);
Error method_not_allowed(std::string_view method, std::string_view resource_type);
// For what S3 has and Penstock has not: `what` names it.
Error not_implemented(std::string_view what);
Error invalid_range(std::string_view range, uint64_t size);

// An error of the store as S3 answers it: a full or failing disk is the service's fault, everything else passes.
Error to_answer(Error error);

}  // namespace penstock::aws::s3
