#include "aws/cloudformation/resources.h"

#include <algorithm>
#include <utility>

#include "aws/cloudformation/nested_stack.h"
#include "base/assert.h"

namespace penstock::aws::cloudformation {

namespace {

// The one list of what is served.
std::vector<ResourceHandler> all_handlers() {
  std::vector<ResourceHandler> all;
  for (auto list : {iam_resources, s3_resources, states_resources, logs_resources, events_resources,
                    scheduler_resources, own_resources}) {
    for (ResourceHandler& handler : list()) all.push_back(std::move(handler));
  }
  std::ranges::sort(all, {}, [](const ResourceHandler& handler) { return handler.schema.type; });
  return all;
}

}  // namespace

Resources::Resources(Platform& platform, const Front& front)
    : platform_(platform), front_(front), handlers_(all_handlers()) {}

const ResourceHandler* Resources::handler(std::string_view type) const {
  auto found =
      std::ranges::lower_bound(handlers_, type, {}, [](const ResourceHandler& one) { return one.schema.type; });
  return found != handlers_.end() && found->schema.type == type ? &*found : nullptr;
}

const stack::ResourceSchema* Resources::find(std::string_view type) const {
  if (type == nested_stack::schema().type) return &nested_stack::schema();
  const ResourceHandler* found = handler(type);
  return found ? &found->schema : nullptr;
}

std::vector<std::string_view> Resources::names() const {
  std::vector<std::string_view> names{nested_stack::schema().type};
  for (const ResourceHandler& one : handlers_) names.push_back(one.schema.type);
  std::ranges::sort(names);
  return names;
}

bool Resources::reads(std::string_view type) const {
  const ResourceHandler* found = handler(type);
  return found && found->read;
}

Outcome<std::optional<Json>> Resources::read(const stack::ResourceCall& call) {
  Outcome<Json> found = handler(call.type)->read(Calls(platform_, front_, call), call);
  if (found.ok()) return std::optional(std::move(*found));
  if (is_missing(found.error())) return std::optional<Json>();
  return found.error();
}

Outcome<void> Resources::check(const stack::ResourceCall& call) const {
  if (call.type != nested_stack::schema().type) return {};
  return nested_stack::check(platform_, *this, call);
}

Outcome<std::string> Resources::choose_id(const stack::ResourceCall& call) {
  if (call.type == nested_stack::schema().type) return nested_stack::choose_id(platform_, call);
  return handler(call.type)->choose_id(Calls(platform_, front_, call), call);
}

void Resources::create(const stack::ResourceCall& call, stack::MadeDone done) {
  if (call.type == nested_stack::schema().type) return nested_stack::create(platform_, call, std::move(done));
  const ResourceHandler* found = handler(call.type);
  PENSTOCK_ASSERT(found != nullptr);  // the plan checked it
  Calls calls(platform_, front_, call);
  Outcome<stack::Made> made = found->create(calls, call);
  // Of several calls the first may have succeeded. What was there before is not ours to remove.
  if (!made && made.error().code.find("AlreadyExists") == std::string::npos) (void)found->remove(calls, call).ok();
  done(std::move(made));
}

void Resources::update(const stack::ResourceCall& call, stack::MadeDone done) {
  if (call.type == nested_stack::schema().type) return nested_stack::update(platform_, call, std::move(done));
  done(handler(call.type)->update(Calls(platform_, front_, call), call));
}

void Resources::remove(const stack::ResourceCall& call, stack::RemovedDone done) {
  if (call.type == nested_stack::schema().type) return nested_stack::remove(platform_, call, std::move(done));
  done(handler(call.type)->remove(Calls(platform_, front_, call), call));
}

}  // namespace penstock::aws::cloudformation
