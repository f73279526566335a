// CloudFormation as `penstock deploy` uses it, over the wire as any client: change sets, their execution, events.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "aws/client/client.h"
#include "base/outcome.h"

namespace penstock::cli {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct StackState {
  std::string status;  // "CREATE_COMPLETE", ...
  std::string reason;
  Parameters outputs;

  bool in_progress() const { return status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"; }
  bool good() const { return status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE"; }
};

struct StackChange {
  std::string action;  // Add, Modify, Remove
  std::string resource;
  std::string type;
  std::string replacement;  // True, False, Conditional; empty of what is not modified
};

struct ChangeSetState {
  std::string status;
  std::string reason;
  std::vector<StackChange> changes;

  // Why a change set FAILED when there is nothing to do.
  bool nothing_to_change() const;
};

struct StackEvent {
  std::string id;
  std::string resource;
  std::string type;
  std::string status;
  std::string reason;
};

class StackClient {
 public:
  StackClient(aws::Client& client, std::string stack) : client_(client), stack_(std::move(stack)) {}

  // An error with code ValidationError when there is no such stack.
  Outcome<StackState> describe();
  // `body` is the template's text, or where it is when it starts with "http".
  Outcome<void> create_change_set(const std::string& name, bool new_stack, const std::string& body,
                                  const Parameters& parameters, const Parameters& tags);
  Outcome<ChangeSetState> describe_change_set(const std::string& name);
  Outcome<void> execute_change_set(const std::string& name);
  Outcome<void> delete_change_set(const std::string& name);
  Outcome<std::vector<StackEvent>> events();  // the newest page, oldest first

 private:
  Outcome<std::string> query(std::string_view action, Parameters parameters);

  aws::Client& client_;
  std::string stack_;
};

}  // namespace penstock::cli
