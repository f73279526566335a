// The items of map runs out of S3. Source: "ItemReader (Map)" in the Step Functions developer guide.
#pragma once

#include <memory>
#include <string>

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

// The items in the text of one object, an array; all of them are kept in memory. `reader`: MapRunPlan::reader.
Outcome<Json> items_in_text(const Json& reader, std::string text);

}  // namespace penstock::aws::integration
