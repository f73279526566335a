// Rules: which IAM actions on which resources a call needs.
#pragma once

#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "aws/authorization/input_values.h"
#include "aws/authorization/rule_table.h"
#include "aws/context.h"
#include "aws/protocol/guard.h"

namespace penstock::aws::authorization {

// Remembers the rule of each operation it was asked for. Any thread.
class RuleBook {
 public:
  // None: anybody who is known may call it (GetCallerIdentity).
  std::vector<Need> needs_of(const Context& context, const OperationModel& operation, const void* input);
  bool hands_over_role(const OperationModel& operation) { return !find(operation).role.empty(); }

 private:
  const Rule& find(const OperationModel& operation);

  std::shared_mutex mutex_;
  std::unordered_map<const OperationModel*, Rule> rules_;
};

}  // namespace penstock::aws::authorization
