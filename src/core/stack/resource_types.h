// ResourceTypes: how resources are made, changed and removed; implemented by aws/cloudformation over the operation
// table.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/stack/actor.h"
#include "core/stack/evaluator.h"
#include "core/stack/schema.h"

namespace penstock::stack {

// One resource to work on, and for whom.
struct ResourceCall {
  Place place;
  Actor actor;
  std::string root_id;  // of the outermost stack
  std::string logical_id;
  std::string type;
  std::string physical_id;                // as chosen, or as made
  Json properties;                        // evaluated
  Json previous;                          // of an update: the properties before
  Json tags = Json::object();             // of the stack
  Json previous_tags = Json::object();    // of an update: those before
  std::vector<std::string> capabilities;  // of the stack
  // A crash came between: what this call does may be done already, by ourselves. Never set for the first attempt.
  bool resuming = false;
};

struct Made {
  std::string physical_id;  // also what Ref gives
  Json attributes = Json::object();
};

using MadeDone = std::function<void(Outcome<Made>)>;
using RemovedDone = std::function<void(Outcome<void>)>;

// Called on worker threads; may take their time, or answer later on any thread.
class ResourceTypes {
 public:
  virtual ~ResourceTypes() = default;
  virtual const ResourceSchema* find(std::string_view type) const = 0;
  virtual std::vector<std::string_view> names() const = 0;
  // Whether `read` can tell anything of the type.
  virtual bool reads(std::string_view) const { return false; }
  // The resource's properties as they are, in the words of a template: a null is a property that it has not, a property
  // that is not mentioned cannot be told. Nothing: there is no such resource.
  virtual Outcome<std::optional<Json>> read(const ResourceCall&) { return std::optional<Json>(); }
  // What can be seen to be wrong with a resource to be made or changed, before anything is; values that are not known
  // yet hold `known_after_apply`.
  virtual Outcome<void> check(const ResourceCall&) const { return {}; }
  // What is wrong inside the properties that are known: "#/Targets/0: extraneous key [Foo] is not permitted".
  virtual std::vector<std::string> check_members(const ResourceCall&) const { return {}; }
  // The value of a parameter of the Parameter Store, as text.
  virtual Outcome<std::string> stored_parameter(const Place&, const Actor&, const std::string& name) {
    return Error{"ValidationError", "Parameters: [" + name + "] cannot be found."};
  }
  // The physical id of a resource to be made, before it is made; empty when only the service can tell. An id that is
  // taken is an error: so what is there after a crash is ours.
  virtual Outcome<std::string> choose_id(const ResourceCall& call) = 0;
  // A failed one leaves nothing behind.
  virtual void create(const ResourceCall& call, MadeDone done) = 0;
  // May be called again with the same properties, and for a resource that a failed update left between two states.
  virtual void update(const ResourceCall& call, MadeDone done) = 0;
  // A resource that is gone already counts as removed.
  virtual void remove(const ResourceCall& call, RemovedDone done) = 0;
};

}  // namespace penstock::stack
