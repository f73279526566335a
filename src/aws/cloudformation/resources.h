// Resources: the resource types that templates may use.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "aws/cloudformation/resource_handler.h"

namespace penstock::aws::cloudformation {

class Resources final : public stack::ResourceTypes {
 public:
  Resources(Platform& platform, const Front& front);

  const stack::ResourceSchema* find(std::string_view type) const override;
  std::vector<std::string_view> names() const override;
  bool reads(std::string_view type) const override;
  Outcome<std::optional<Json>> read(const stack::ResourceCall& call) override;
  std::vector<std::string> check_members(const stack::ResourceCall& call) const override;
  Outcome<std::string> stored_parameter(const stack::Place& place, const stack::Actor& actor,
                                        const std::string& name) override;
  Outcome<void> check(const stack::ResourceCall& call) const override;
  Outcome<std::string> choose_id(const stack::ResourceCall& call) override;
  void create(const stack::ResourceCall& call, stack::MadeDone done) override;
  void update(const stack::ResourceCall& call, stack::MadeDone done) override;
  void remove(const stack::ResourceCall& call, stack::RemovedDone done) override;

 private:
  // The call with what its dynamic references stand for.
  Outcome<stack::ResourceCall> with_values(const stack::ResourceCall& call) const;
  const ResourceHandler* handler(std::string_view type) const;

  Platform& platform_;
  const Front& front_;
  std::vector<ResourceHandler> handlers_;  // in order of their types
};

}  // namespace penstock::aws::cloudformation
