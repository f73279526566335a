#include "aws/iam/policy.h"

#include <algorithm>

#include "aws/iam/principal.h"
#include "base/clock.h"
#include "core/access/policy_document.h"

namespace penstock::aws::iam {

namespace {

constexpr access::PrincipalKind all_kinds[] = {access::PrincipalKind::role, access::PrincipalKind::user,
                                               access::PrincipalKind::group};

std::string version_id(int64_t number) {
  return "v" + std::to_string(number);
}

Error no_such_version(const std::string& id) {
  return Error{"NoSuchEntity", "Policy version " + id + " does not exist or is not attachable.", 404};
}

std::vector<access::PolicyVersion>::iterator find_version(access::Policy& policy, const std::string& id) {
  return std::find_if(policy.versions.begin(), policy.versions.end(),
                      [&](const access::PolicyVersion& version) { return version_id(version.number) == id; });
}

Policy wire_policy(Context& context, const access::Policy& policy, bool in_full) {
  Policy wire;
  wire.policy_name = policy.name;
  wire.policy_id = policy.id;
  wire.arn = policy.arn;
  wire.path = policy.path;
  wire.default_version_id = version_id(policy.default_version);
  size_t attached = 0;
  size_t bounded = 0;
  for (access::PrincipalKind kind : all_kinds) {
    attached += directory(context).attached_to(policy.arn, kind).size();
    bounded += directory(context).bounded_by(policy.arn, kind).size();
  }
  wire.attachment_count = static_cast<int64_t>(attached);
  wire.permissions_boundary_usage_count = static_cast<int64_t>(bounded);
  wire.is_attachable = true;
  wire.create_date = policy.created;
  wire.update_date = policy.updated;
  if (in_full && !policy.description.empty()) wire.description = policy.description;
  if (in_full) wire.tags = wire_tags(policy.tags);
  return wire;
}

PolicyVersion wire_version(const access::Policy& policy, const access::PolicyVersion& version, bool with_document) {
  PolicyVersion wire;
  if (with_document) wire.document = wire_document(version.document);
  wire.version_id = version_id(version.number);
  wire.is_default_version = version.number == policy.default_version;
  wire.create_date = version.created;
  return wire;
}

}  // namespace

Outcome<CreatePolicyOutput> create_policy(Context& context, const CreatePolicyInput& input) {
  Outcome<void> checked = access::check_policy_document(input.policy_document, access::PolicyUse::identity);
  if (!checked) return checked.error();
  Outcome<std::string> path = checked_path(input.path);
  if (!path) return path.error();
  Outcome<access::Texts> tags = texts_of(input.tags);
  if (!tags) return tags.error();
  Time now = whole_seconds(context.platform.clock.now());
  access::Policy policy;
  policy.name = input.policy_name;
  policy.path = *path;
  policy.id = context.platform.access.make_id("ANPA");
  policy.arn = iam_arn(context, "policy", *path, input.policy_name);
  policy.description = input.description.value_or("");
  policy.created = now;
  policy.updated = now;
  policy.versions.push_back({1, input.policy_document, now});
  policy.tags = *tags;
  Outcome<void> created = directory(context).create_policy(policy);
  if (!created) return created.error();
  return CreatePolicyOutput{wire_policy(context, policy, true)};
}

Outcome<GetPolicyOutput> get_policy(Context& context, const GetPolicyInput& input) {
  Outcome<access::Policy> policy = directory(context).find_policy(input.policy_arn);
  if (!policy) return policy.error();
  return GetPolicyOutput{wire_policy(context, *policy, true)};
}

Outcome<DeletePolicyOutput> delete_policy(Context& context, const DeletePolicyInput& input) {
  Outcome<void> removed = directory(context).remove_policy(input.policy_arn);
  if (!removed) return removed.error();
  return DeletePolicyOutput{};
}

// AWS's own policies are not listed: what they are is not known here.
Outcome<ListPoliciesOutput> list_policies(Context& context, const ListPoliciesInput& input) {
  access::PageRequest all;
  all.path_prefix = input.path_prefix.value_or("");
  all.count = SIZE_MAX;
  std::vector<Policy> policies;
  const bool only_boundaries = input.policy_usage_filter.value_or("") == "PermissionsBoundary";
  if (input.scope.value_or("All") != "AWS") {
    for (const access::Policy& policy : directory(context).list_policies(all).items) {
      Policy wire = wire_policy(context, policy, false);
      if (input.only_attached.value_or(false) && *wire.attachment_count == 0) continue;
      if (only_boundaries && *wire.permissions_boundary_usage_count == 0) continue;
      policies.push_back(std::move(wire));
    }
  }
  ListPoliciesOutput output;
  Outcome<std::vector<Policy>> page = take_page(std::move(policies), input, output);
  if (!page) return page.error();
  output.policies = std::move(*page);
  return output;
}

Outcome<CreatePolicyVersionOutput> create_policy_version(Context& context, const CreatePolicyVersionInput& input) {
  Outcome<void> checked = access::check_policy_document(input.policy_document, access::PolicyUse::identity);
  if (!checked) return checked.error();
  Time now = whole_seconds(context.platform.clock.now());
  CreatePolicyVersionOutput output;
  Outcome<void> updated =
      directory(context).update_policy(input.policy_arn, [&](access::Policy& policy) -> Outcome<void> {
        if (policy.versions.size() >= access::policy_versions_max) {
          return Error{"LimitExceeded",
                       "A managed policy can have up to " + std::to_string(access::policy_versions_max) +
                           " versions. Before you create a new version, you must delete an existing version.",
                       409};
        }
        policy.versions.push_back({++policy.last_version, input.policy_document, now});
        policy.updated = now;
        if (input.set_as_default.value_or(false)) policy.default_version = policy.last_version;
        output.policy_version = wire_version(policy, policy.versions.back(), false);
        return {};
      });
  if (!updated) return updated.error();
  return output;
}

Outcome<GetPolicyVersionOutput> get_policy_version(Context& context, const GetPolicyVersionInput& input) {
  Outcome<access::Policy> policy = directory(context).find_policy(input.policy_arn);
  if (!policy) return policy.error();
  auto version = find_version(*policy, input.version_id);
  if (version == policy->versions.end()) return no_such_version(input.version_id);
  return GetPolicyVersionOutput{wire_version(*policy, *version, true)};
}

Outcome<DeletePolicyVersionOutput> delete_policy_version(Context& context, const DeletePolicyVersionInput& input) {
  Outcome<void> updated =
      directory(context).update_policy(input.policy_arn, [&](access::Policy& policy) -> Outcome<void> {
        auto version = find_version(policy, input.version_id);
        if (version == policy.versions.end()) return no_such_version(input.version_id);
        if (version->number == policy.default_version) {
          return Error{"DeleteConflict", "Cannot delete the default version of a policy.", 409};
        }
        policy.versions.erase(version);
        return {};
      });
  if (!updated) return updated.error();
  return DeletePolicyVersionOutput{};
}

Outcome<ListPolicyVersionsOutput> list_policy_versions(Context& context, const ListPolicyVersionsInput& input) {
  Outcome<access::Policy> policy = directory(context).find_policy(input.policy_arn);
  if (!policy) return policy.error();
  std::vector<PolicyVersion> versions;
  for (auto version = policy->versions.rbegin(); version != policy->versions.rend(); ++version) {
    versions.push_back(wire_version(*policy, *version, false));
  }
  ListPolicyVersionsOutput output;
  Outcome<std::vector<PolicyVersion>> page = take_page(std::move(versions), input, output);
  if (!page) return page.error();
  output.versions = std::move(*page);
  return output;
}

Outcome<SetDefaultPolicyVersionOutput> set_default_policy_version(Context& context,
                                                                  const SetDefaultPolicyVersionInput& input) {
  Outcome<void> updated =
      directory(context).update_policy(input.policy_arn, [&](access::Policy& policy) -> Outcome<void> {
        auto version = find_version(policy, input.version_id);
        if (version == policy.versions.end()) return no_such_version(input.version_id);
        policy.default_version = version->number;
        return {};
      });
  if (!updated) return updated.error();
  return SetDefaultPolicyVersionOutput{};
}

Outcome<ListEntitiesForPolicyOutput> list_entities_for_policy(Context& context,
                                                              const ListEntitiesForPolicyInput& input) {
  if (!access::is_aws_managed_policy(input.policy_arn)) {
    Outcome<access::Policy> policy = directory(context).find_policy(input.policy_arn);
    if (!policy) return policy.error();
  }
  std::string filter = input.entity_filter.value_or("");
  std::string prefix = input.path_prefix.value_or("");
  std::string usage = input.policy_usage_filter.value_or("");
  std::vector<access::Principal> entities;
  auto add = [&](std::vector<access::Principal> users) {
    for (access::Principal& principal : users) {
      const bool is_there =
          std::ranges::any_of(entities, [&](const access::Principal& other) { return other.arn == principal.arn; });
      if (!is_there && principal.path.starts_with(prefix)) entities.push_back(std::move(principal));
    }
  };
  for (access::PrincipalKind kind : all_kinds) {
    if (!filter.empty() && filter != access::upper_word(kind)) continue;
    if (usage != "PermissionsBoundary") add(directory(context).attached_to(input.policy_arn, kind));
    if (usage != "PermissionsPolicy") add(directory(context).bounded_by(input.policy_arn, kind));
  }
  ListEntitiesForPolicyOutput output;
  Outcome<std::vector<access::Principal>> page = take_page(std::move(entities), input, output);
  if (!page) return page.error();
  output.policy_groups.emplace();
  output.policy_users.emplace();
  output.policy_roles.emplace();
  for (const access::Principal& principal : *page) {
    if (principal.kind == access::PrincipalKind::role) {
      output.policy_roles->push_back({principal.name, principal.id});
    } else if (principal.kind == access::PrincipalKind::user) {
      output.policy_users->push_back({principal.name, principal.id});
    } else {
      output.policy_groups->push_back({principal.name, principal.id});
    }
  }
  return output;
}

Outcome<TagPolicyOutput> tag_policy(Context& context, const TagPolicyInput& input) {
  Outcome<access::Texts> tags = texts_of(input.tags);
  if (!tags) return tags.error();
  Outcome<void> tagged = directory(context).update_policy(
      input.policy_arn, [&](access::Policy& policy) { return access::add_tags(policy.tags, *tags); });
  if (!tagged) return tagged.error();
  return TagPolicyOutput{};
}

Outcome<UntagPolicyOutput> untag_policy(Context& context, const UntagPolicyInput& input) {
  Outcome<void> untagged =
      directory(context).update_policy(input.policy_arn, [&](access::Policy& policy) -> Outcome<void> {
        for (const std::string& key : input.tag_keys) access::erase_text(policy.tags, key);
        return {};
      });
  if (!untagged) return untagged.error();
  return UntagPolicyOutput{};
}

Outcome<ListPolicyTagsOutput> list_policy_tags(Context& context, const ListPolicyTagsInput& input) {
  Outcome<access::Policy> policy = directory(context).find_policy(input.policy_arn);
  if (!policy) return policy.error();
  ListPolicyTagsOutput output;
  Outcome<std::vector<Tag>> tags = take_page(wire_tags(policy->tags), input, output);
  if (!tags) return tags.error();
  output.tags = std::move(*tags);
  return output;
}

}  // namespace penstock::aws::iam
