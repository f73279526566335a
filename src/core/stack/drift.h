// Drift: where what is differs from what a template said. Source: "Detect unmanaged configuration changes",
// CloudFormation User Guide: only properties that the template gives are compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace penstock::stack {

struct Difference {
  std::string path;      // "/Tags/0/Value"
  std::string expected;  // JSON, or text; empty when there is none
  std::string actual;
  std::string_view kind;  // ADD, REMOVE, NOT_EQUAL
};

// One resource as it was found.
struct Drift {
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string status;  // IN_SYNC, MODIFIED, DELETED, NOT_CHECKED
  std::string reason;  // of NOT_CHECKED
  Json expected = Json::object();
  Json actual = Json::object();
  Time checked;
};

// One look at all of a stack.
struct DriftDetection {
  std::string id;
  std::string stack_id;
  std::string status;  // of the stack: IN_SYNC or DRIFTED
  int64_t drifted = 0;
  Time checked;
};

// Of members that `actual` has; a null there means that the resource has no such property. Scalars are the same when
// their texts are.
std::vector<Difference> differences(const Json& expected, const Json& actual);

Json to_record(const Drift& drift);
Json to_record(const DriftDetection& detection);
Drift drift_of(const Json& record);
DriftDetection drift_detection_of(const Json& record);

}  // namespace penstock::stack
