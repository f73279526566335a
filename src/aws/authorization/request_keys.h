// CallKeys: the condition keys of a call. Source: "AWS global condition context keys", IAM user guide, and the
// services' own keys in the Service Authorization Reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/authorization/rules.h"
#include "aws/context.h"
#include "core/access/policy_text.h"
#include "core/access/principal_policies.h"

namespace penstock::aws::authorization {

class CallKeys final : public access::RequestKeys {
 public:
  // `operation` with its input, or nullptr for what is asked for besides a call; all must outlive this.
  CallKeys(const Context& context, const OperationModel* operation, const void* input, const Need& need,
           const access::CompiledPrincipal* principal)
      : context_(context), operation_(operation), input_(input), need_(need), principal_(principal) {}

  std::optional<std::vector<std::string>> find(std::string_view lower_name) const override;
  // Whether any key was looked at: if not, the same action on the same resource is decided alike every time.
  bool asked() const { return asked_; }

 private:
  std::optional<std::string> find_global(std::string_view name) const;
  std::optional<std::string> find_of_service(std::string_view name) const;
  std::optional<std::string> find_of_resource(std::string_view name) const;
  access::Texts request_tags() const;
  access::Texts encryption_context() const;
  std::vector<std::string> find_in_input(std::string_view name) const;

  const Context& context_;
  const OperationModel* operation_;
  const void* input_;
  const Need& need_;
  const access::CompiledPrincipal* principal_;
  mutable bool asked_ = false;
};

}  // namespace penstock::aws::authorization
