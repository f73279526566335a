// Guard: whether a call may be made. Asked once for every call, from outside or within, when its input is read.
#pragma once

#include <string>
#include <string_view>

#include "aws/protocol/shape.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::aws {

struct Context;

// A KMS key is used by a service on the way of a call, with the permissions of who makes it.
struct KeyUse {
  std::string_view service;  // "s3"
  const Json& context;       // the encryption context, an object of texts
};

// What a caller must be allowed.
struct Need {
  std::string action;               // "s3:GetObject"
  std::string resource;             // an ARN, or "*"
  std::string passed_to = {};       // iam:PassRole: the service
  std::string source = {};          // a service acts: the ARN of what it does it for
  const KeyUse* key_use = nullptr;  // a service uses the key that is the resource for the caller
};

class Guard {
 public:
  virtual ~Guard() = default;
  // `input`: the struct that the operation's input shape describes. The error is the denial as the service words it.
  virtual Outcome<void> check(const Context& context, const OperationModel& operation, const void* input) = 0;
  // May `service` ("states.amazonaws.com") act as the role, for the sake of `source_arn` (a state machine, a rule)? The
  // error is what the service says.
  virtual Outcome<void> check_service_role(std::string_view role_arn, std::string_view service,
                                           std::string_view source_arn) = 0;
  // May the caller do this besides its call? AccessDenied.
  virtual Outcome<void> check(const Context& context, const Need& need) = 0;
  // What the caller's role needs besides its calls so that the same can be done again (`penstock access
  // least-privilege`); nothing is refused.
  virtual void note_use(const Context& context, const Need& need) = 0;
  // Would the caller still be allowed to change the key's policy if it were this one? Only then may it become that.
  virtual bool may_change_key_policy(const Context& context, std::string_view key_arn, std::string_view policy) = 0;
  // What a bucket's settings say of access was changed, or the bucket itself: what was read of it is out of date.
  virtual void bucket_changed() = 0;
};

// Asks the platform's guard; without one, all may be done.
Outcome<void> permit(const Context& context, const OperationModel& operation, const void* input);

}  // namespace penstock::aws
