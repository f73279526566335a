// ResourceHandler: one resource type, as an entry of the list in resources.cc. Calls: how it reaches the operations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/context.h"
#include "aws/protocol/front.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/stack/resource_types.h"

namespace penstock::aws::cloudformation {

// The operation table as a handler of one stack's resource sees it: acts for the one who changed the stack.
class Calls {
 public:
  Calls(Platform& platform, const Front& front, const stack::Place& place, const stack::Actor& actor);
  Calls(Platform& platform, const Front& front, const stack::ResourceCall& call)
      : Calls(platform, front, call.place, call.actor) {}

  // Calls the operation and waits for its answer. Names of members as Step Functions writes them: the first letter in
  // upper case. Only on a worker thread.
  Outcome<Json> operator()(std::string_view service, std::string_view operation, Json parameters) const;

  Platform& platform() const { return platform_; }
  Context context() const;  // of a call
  const stack::Place& place() const { return place_; }
  // "arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE"
  std::string arn(std::string_view service, std::string_view resource) const;

 private:
  Platform& platform_;
  const Front& front_;
  const stack::Place& place_;
  const stack::Actor& actor_;
};

// Who acts for a stack, and where.
Context context_of(Platform& platform, const stack::Place& place, const stack::Actor& actor);

// What may stand in a property: these names inside it, what an operation's input takes (its members, and the lengths,
// patterns and values of its texts), or texts that a function accepts. `path`: "Targets",
// "LifecycleConfiguration/Rules"; lists on the way count by each of their items.
struct Inside {
  std::string_view path;
  std::vector<std::string_view> names = {};
  // Else: where the property goes to.
  std::string_view service = {};
  std::string_view operation = {};
  std::string_view member = {};
  Outcome<void> (*accepts)(std::string_view text) = nullptr;
};

struct ResourceHandler {
  stack::ResourceSchema schema;
  // As in stack::ResourceTypes, but answering before they return.
  Outcome<std::string> (*choose_id)(const Calls& calls, const stack::ResourceCall& call);
  Outcome<stack::Made> (*create)(const Calls& calls, const stack::ResourceCall& call);
  Outcome<stack::Made> (*update)(const Calls& calls, const stack::ResourceCall& call);
  Outcome<void> (*remove)(const Calls& calls, const stack::ResourceCall& call);
  // As ResourceTypes::read; an error that is_missing: there is none. Absent: drift is not looked for.
  Outcome<Json> (*read)(const Calls& calls, const stack::ResourceCall& call) = nullptr;
  std::vector<Inside> inside = {};  // what is not described is left to the operations
};

// The types of each service.
std::vector<ResourceHandler> iam_resources();
std::vector<ResourceHandler> iam_policy_resources();
std::vector<ResourceHandler> iam_group_resources();
std::vector<ResourceHandler> s3_resources();
std::vector<ResourceHandler> states_resources();
std::vector<ResourceHandler> logs_resources();
std::vector<ResourceHandler> events_resources();
std::vector<ResourceHandler> sagemaker_resources();
std::vector<ResourceHandler> scheduler_resources();
std::vector<ResourceHandler> kms_resources();
std::vector<ResourceHandler> ssm_resources();
std::vector<ResourceHandler> own_resources();

// The user's name, or "STACK-LOGICALID-RANDOM" cut to `length_max`.
std::string chosen_name(const Calls& calls, const stack::ResourceCall& call, std::string_view property,
                        size_t length_max);
// "X already exists in stack ...": the id of a resource to be made is taken.
Error already_exists(std::string_view type, std::string_view id);
// Whether the error says that the thing is not there.
bool is_missing(const Error& error);
// Success when the thing was gone already.
Outcome<void> removed(const Outcome<Json>& answer);
// Members of `properties` that are there, under the same names.
Json pick(const Json& properties, std::initializer_list<std::string_view> names);
// A document given as an object or as text, as text.
std::string document_text(const Json& value);
// The resource's own Tags and the stack's, [{Key, Value}]; the resource's win.
Json all_tags(const stack::ResourceCall& call);
// Keys of the tags that it had before the update and is to have no more.
Json gone_tags(const stack::ResourceCall& call);
// By TagResource and UntagResource of the service: the tags that the resource is to have are set, those that only its
// earlier properties name are taken away. `named`: the member that names the resource.
Outcome<void> settle_tags(const Calls& calls, std::string_view service, const Json& named,
                          const stack::ResourceCall& call);
// Of a read: `expected` when the actual document, given as text or as a value, says the same; else the actual one.
Json same_document(const Json& expected, const Json& actual);
// Of a read: the tags [{Key, Value}] that are the resource's own, not the stack's; in the order of the properties'.
Json own_tags(const stack::ResourceCall& call, const Json& actual);
// Of a read: the texts in the order of the expected ones, others behind.
Json same_order(const Json& expected, const std::vector<std::string>& actual);
// The value, or null where there is none.
Json or_null(const Json* value);
// Texts of a list property.
std::vector<std::string> texts_of(const Json& list);

}  // namespace penstock::aws::cloudformation
