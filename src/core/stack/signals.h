// Signals: what wait conditions, and resources with a creation policy, wait for.
// Source: "CreationPolicy attribute" and "AWS::CloudFormation::WaitCondition", CloudFormation Template Reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::stack {

inline constexpr std::string_view wait_condition_type = "AWS::CloudFormation::WaitCondition";
inline constexpr std::string_view wait_handle_type = "AWS::CloudFormation::WaitConditionHandle";
inline constexpr size_t signal_bytes_max = 4'096;          // of one, AWS: "Data ... 4096 bytes" at most
inline constexpr int64_t signal_seconds_max = 12 * 3'600;  // that can be waited

struct Signal {
  std::string unique_id;
  bool success = true;
  std::string data;
  std::string reason;
};

// What a resource waits for.
struct SignalWait {
  int64_t count = 1;
  int64_t seconds = 300;
  std::string source;      // the handle's secret, or the logical id: the first part of the signals' keys
  bool condition = false;  // a wait condition, whose attribute Data holds what was sent
};

// The body of a PUT to a handle's URL: {"Status": "SUCCESS"|"FAILURE", "UniqueId", "Data", "Reason"}.
Outcome<Signal> read_signal(std::string_view body);

// Where a handle's URL points on this server, for that stack and resource; `secret` in it is what allows a signal.
std::string handle_target(std::string_view region, std::string_view stack_id, std::string_view logical_id,
                          std::string_view secret);
struct HandleTarget {
  std::string stack_id;
  std::string logical_id;
  std::string secret;
};
// Of a request's path and query, or of a URL; nothing when it is no handle's.
std::optional<HandleTarget> read_handle_target(std::string_view target);

// "PT1H30M": seconds. Nothing when it is not such a duration.
std::optional<int64_t> duration_seconds(std::string_view text);

// Done when enough have come; an error when one tells of a failure. Nothing yet: false.
Outcome<bool> satisfied(const SignalWait& wait, const std::vector<Signal>& signals);
// {"id": "data"} as text: a wait condition's attribute Data.
std::string signal_data(const std::vector<Signal>& signals);

}  // namespace penstock::stack
