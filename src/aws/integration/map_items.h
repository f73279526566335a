// The items of map runs out of S3. Source: "ItemReader (Map)" in the Step Functions developer guide.
#pragma once

#include <memory>

#include "aws/context.h"
#include "aws/protocol/front.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/execution/items.h"

namespace penstock::aws::integration {

// `reader`: of a pipeline::MapRunPlan; `context`: acts as the execution's role. The source keeps a copy of the context.
// Errors: States.ItemReaderFailed.
Outcome<std::unique_ptr<execution::ItemSource>> open_map_items(const Front& front, const Context& context,
                                                               const Json& reader);

}  // namespace penstock::aws::integration
