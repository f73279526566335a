// Details: the engine's own part of an execution's record, and what its redrives say about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/pipeline/interpreter.h"
#include "store/journal.h"

namespace penstock::execution {

// A client token of RedriveExecution that was used lately.
struct RedriveToken {
  std::string token;
  Time used;
};

// Of a child execution of a map run.
struct MapItem {
  std::string map_run;    // ARN; empty for all other executions
  uint32_t workflow = 0;  // that it runs: the processor of the Map
  bool express = false;
  int64_t items = 1;  // how many it has
};

struct Details {
  std::string revision;  // Revision::key
  std::string version_arn, alias_arn;
  std::string trace_header;
  std::string starter;  // StartRequest::starter
  int64_t redrives = 0;
  std::optional<Time> redriven;  // the last redrive
  std::vector<RedriveToken> redrive_tokens;
  MapItem item;
};
std::string to_text(const Details& details);
Details parse_details(std::string_view text);

// The redrive is written into the details; tokens too old to be repeated go.
void note_redrive(Details& details, const std::string& client_token, Time now);

// What the interpreter is to know of an execution's redrives.
void tell_redrives(const Details& details, pipeline::Identity& identity);

// How long the client token of a redrive is remembered. Source: RedriveExecution in the Step Functions API reference.
inline constexpr double redrive_token_seconds = 15 * 60;

// Why an execution cannot be redriven now, as DescribeExecution's redriveStatusReason says it; nothing when it can.
// Sources: DescribeExecution in the API reference; "Redrive eligibility" and "Quotas" in the developer guide.
std::optional<std::string> redrive_obstacle(const store::ExecutionRecord& record, const Details& details, Time now);

}  // namespace penstock::execution
