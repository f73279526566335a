#include "aws/protocol/operation.h"

#include <algorithm>

#include "aws/context.h"

namespace penstock::aws {

const ErrorModel* find_error(const ServiceModel& service, std::string_view code) {
  auto found = std::find_if(service.errors.begin(), service.errors.end(),
                            [&](const ErrorModel& error) { return error.code == code || error.name == code; });
  return found == service.errors.end() ? nullptr : &*found;
}

const Operation* ServiceTable::find(std::string_view name) const {
  auto found = std::find_if(operations.begin(), operations.end(),
                            [&](const Operation& operation) { return operation.model->name == name; });
  return found == operations.end() ? nullptr : &*found;
}

Outcome<void> permit(const Context& context, const OperationModel& operation, const void* input) {
  return context.platform.guard == nullptr ? Outcome<void>() : context.platform.guard->check(context, operation, input);
}

ServiceTable make_table(std::vector<Operation> operations) {
  PENSTOCK_ASSERT(!operations.empty());
  ServiceTable table{operations.front().model->service, {}};
  for (const Operation& operation : operations) {
    PENSTOCK_ASSERT(operation.model->service == table.model);       // one service a table
    PENSTOCK_ASSERT(table.find(operation.model->name) == nullptr);  // each operation once
    table.operations.push_back(operation);
  }
  return table;
}

}  // namespace penstock::aws
