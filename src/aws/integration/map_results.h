// The result files of map runs in S3. Source: "ResultWriter (Map)" in the Step Functions developer guide.
#pragma once

#include <memory>

#include "aws/context.h"
#include "aws/protocol/front.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/execution/items.h"

namespace penstock::aws::integration {

// `writer`: of a pipeline::MapRunPlan; `context`: acts as the execution's role; the sink keeps a copy of it. Errors:
// States.ResultWriterFailed.
Outcome<std::unique_ptr<execution::ResultSink>> open_map_results(const Front& front, const Context& context,
                                                                 const Json& writer);

}  // namespace penstock::aws::integration
