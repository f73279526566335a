// PrincipalPolicies: what applies to a role or user, compiled once and again only after the directory changed.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/access/directory.h"
#include "core/access/policy_evaluation.h"

namespace penstock::access {

struct CompiledPrincipal {
  std::string arn;
  Texts tags;
  PolicySet policies;
  NamedPolicy trust;  // of a role; without a document for a user
};

class PrincipalPolicies {
 public:
  explicit PrincipalPolicies(const Directory& directory) : directory_(directory) {}

  // Nothing when it is not in the directory. A document that an earlier version took and that is malformed allows
  // nothing.
  std::shared_ptr<const CompiledPrincipal> find(PrincipalKind kind, std::string_view name);
  // Session policies: documents, or ARNs of managed policies.
  std::vector<NamedPolicy> compile_session(const std::vector<std::string>& policies);

 private:
  struct Entry {
    uint64_t revision = 0;
    std::shared_ptr<const CompiledPrincipal> compiled;
  };
  CompiledPrincipal compile(const Principal& principal) const;
  void add_identity(const Principal& principal, PolicySet& set) const;
  NamedPolicy compile_managed(const std::string& arn) const;

  const Directory& directory_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry> principals_;      // by kind and name; at most cached_max
  std::unordered_map<std::string, NamedPolicy> sessions_;  // by document; at most cached_max
};

}  // namespace penstock::access
