#include "core/access/directory.h"

#include <algorithm>

#include "base/encoding.h"
#include "core/access/directory_record.h"
#include "core/access/policy_managed.h"

namespace penstock::access {

namespace {

constexpr std::string_view policy_kind = "iam.policy";

constexpr std::string_view profile_kind = "iam.instance_profile";

std::string_view record_kind(PrincipalKind kind) {
  static constexpr std::string_view kinds[] = {"iam.role", "iam.user", "iam.group"};
  return kinds[static_cast<size_t>(kind)];
}

Error no_such_profile(std::string_view name) {
  return Error{"NoSuchEntity", "Instance Profile " + std::string(name) + " cannot be found.", 404};
}

Error cannot_delete(const std::string& what) {
  return Error{"DeleteConflict", "Cannot delete entity, must " + what + " first.", 409};
}

Error no_such_policy(std::string_view arn) {
  return Error{"NoSuchEntity", "Policy " + std::string(arn) + " was not found.", 404};
}

// Records in key order whose path matches, from behind `after`.
template <class T, class Read>
Page<T> read_page(const store::Records& records, std::string_view kind, const PageRequest& request, Read read) {
  Page<T> page;
  for (store::Records::Record& record : records.list(kind, {}, request.after)) {
    T item = read(record.value);
    if (!std::string_view(item.path).starts_with(request.path_prefix)) continue;
    if (page.items.size() == request.count) {
      page.next = page.items.empty() ? std::string{} : key_of(page.items.back());
      break;
    }
    page.items.push_back(std::move(item));
  }
  return page;
}

}  // namespace

std::string lower_word(PrincipalKind kind) {
  return to_lower(upper_word(kind));
}

std::string upper_word(PrincipalKind kind) {
  return kind == PrincipalKind::role ? "Role" : kind == PrincipalKind::user ? "User" : "Group";
}

bool is_aws_managed_policy(std::string_view arn) {
  return arn.starts_with("arn:aws:iam::aws:policy/");
}

Error no_such_principal(PrincipalKind kind, std::string_view name) {
  return Error{"NoSuchEntity", "The " + lower_word(kind) + " with name " + std::string(name) + " cannot be found.",
               404};
}

Outcome<void> Directory::create(const Principal& principal) {
  std::lock_guard lock(mutex_);
  if (records_.insert(record_kind(principal.kind), key_of(principal), to_record(principal))) {
    changed();
    return {};
  }
  return Error{"EntityAlreadyExists", upper_word(principal.kind) + " with name " + principal.name + " already exists.",
               409};
}

Outcome<Principal> Directory::find(PrincipalKind kind, std::string_view name) const {
  std::optional<Json> record = records_.get(record_kind(kind), to_lower(name));
  if (!record) return no_such_principal(kind, name);
  return principal_of(kind, *record);
}

Outcome<void> Directory::update(PrincipalKind kind, std::string_view name,
                                const std::function<Outcome<void>(Principal&)>& edit) {
  std::lock_guard lock(mutex_);
  Outcome<Principal> principal = find(kind, name);
  if (!principal) return principal.error();
  Outcome<void> edited = edit(*principal);
  if (!edited) return edited;
  records_.put(record_kind(kind), key_of(*principal), to_record(*principal));
  changed();
  return {};
}

// What must be done before it can be deleted; nothing when it can.
std::string Directory::in_the_way(const Principal& principal, bool has_keys) const {
  if (has_keys) return "delete access keys";
  if (!principal.inline_policies.empty()) return "delete policies";
  if (!principal.attached.empty()) return "detach all policies";
  if (!principal.groups.empty()) return "remove users from group";
  if (principal.kind == PrincipalKind::group && !members(principal.name).empty()) return "remove users from group";
  if (principal.kind != PrincipalKind::role) return {};
  for (const store::Records::Record& record : records_.list(profile_kind)) {
    if (to_lower(record.value.text("role")) == to_lower(principal.name)) return "remove roles from instance profile";
  }
  return {};
}

Outcome<void> Directory::remove(PrincipalKind kind, std::string_view name, bool has_keys) {
  std::lock_guard lock(mutex_);
  Outcome<Principal> principal = find(kind, name);
  if (!principal) return principal.error();
  if (std::string what = in_the_way(*principal, has_keys); !what.empty()) return cannot_delete(what);
  records_.erase(record_kind(kind), key_of(*principal));
  changed();
  return {};
}

Page<Principal> Directory::list(PrincipalKind kind, const PageRequest& request) const {
  return read_page<Principal>(records_, record_kind(kind), request,
                              [kind](const Json& record) { return principal_of(kind, record); });
}

Outcome<void> Directory::attach(PrincipalKind kind, std::string_view name, const std::string& policy_arn) {
  return update(kind, name, [&](Principal& principal) -> Outcome<void> {
    if (!is_aws_managed_policy(policy_arn) && !read_policy(policy_arn)) {
      return Error{"NoSuchEntity", "Policy " + policy_arn + " does not exist or is not attachable.", 404};
    }
    std::vector<std::string>& attached = principal.attached;
    if (std::find(attached.begin(), attached.end(), policy_arn) != attached.end()) return {};
    if (attached.size() >= attached_policies_max) {
      return Error{
          "LimitExceeded",
          "Cannot exceed quota for PoliciesPer" + upper_word(kind) + ": " + std::to_string(attached_policies_max), 409};
    }
    attached.push_back(policy_arn);
    return {};
  });
}

Outcome<void> Directory::detach(PrincipalKind kind, std::string_view name, const std::string& policy_arn) {
  return update(kind, name, [&](Principal& principal) -> Outcome<void> {
    auto found = std::find(principal.attached.begin(), principal.attached.end(), policy_arn);
    if (found == principal.attached.end()) return no_such_policy(policy_arn);
    principal.attached.erase(found);
    return {};
  });
}

Outcome<void> Directory::join(std::string_view user, std::string_view group) {
  Outcome<Principal> joined = find(PrincipalKind::group, group);
  if (!joined) return joined.error();
  return update(PrincipalKind::user, user, [&](Principal& principal) -> Outcome<void> {
    if (std::ranges::find(principal.groups, joined->name) != principal.groups.end()) return {};
    if (principal.groups.size() >= groups_per_user_max) {
      return Error{"LimitExceeded", "Cannot exceed quota for GroupsPerUser: " + std::to_string(groups_per_user_max),
                   409};
    }
    principal.groups.push_back(joined->name);
    return {};
  });
}

Outcome<void> Directory::leave(std::string_view user, std::string_view group) {
  Outcome<Principal> left = find(PrincipalKind::group, group);
  if (!left) return left.error();
  return update(PrincipalKind::user, user, [&](Principal& principal) -> Outcome<void> {
    if (std::erase(principal.groups, left->name) > 0) return {};
    return Error{"NoSuchEntity", "User " + principal.name + " is not in group " + left->name + ".", 404};
  });
}

std::vector<Principal> Directory::members(std::string_view group) const {
  std::vector<Principal> users;
  for (const store::Records::Record& record : records_.list(record_kind(PrincipalKind::user))) {
    Principal user = principal_of(PrincipalKind::user, record.value);
    if (std::ranges::any_of(user.groups, [&](const std::string& name) { return to_lower(name) == to_lower(group); }))
      users.push_back(std::move(user));
  }
  return users;
}

Outcome<Principal> Directory::rename(PrincipalKind kind, std::string_view name,
                                     const std::function<void(Principal&)>& edit) {
  std::lock_guard lock(mutex_);
  Outcome<Principal> before = find(kind, name);
  if (!before) return before.error();
  Principal renamed = *before;
  edit(renamed);
  const bool same_key = key_of(*before) == key_of(renamed);
  if (!same_key && !records_.insert(record_kind(kind), key_of(renamed), to_record(renamed))) {
    return Error{"EntityAlreadyExists", upper_word(kind) + " with name " + renamed.name + " already exists.", 409};
  }
  if (same_key) records_.put(record_kind(kind), key_of(renamed), to_record(renamed));
  if (!same_key) records_.erase(record_kind(kind), key_of(*before));
  if (kind == PrincipalKind::group) {
    for (Principal& user : members(before->name)) {
      std::ranges::replace(user.groups, before->name, renamed.name);
      records_.put(record_kind(user.kind), key_of(user), to_record(user));
    }
  }
  changed();
  return renamed;
}

Outcome<void> Directory::create_profile(const InstanceProfile& profile) {
  std::lock_guard lock(mutex_);
  if (records_.insert(profile_kind, key_of(profile), to_record(profile))) return {};
  return Error{"EntityAlreadyExists", "Instance Profile " + profile.name + " already exists.", 409};
}

Outcome<InstanceProfile> Directory::find_profile(std::string_view name) const {
  std::optional<Json> record = records_.get(profile_kind, to_lower(name));
  if (!record) return no_such_profile(name);
  return profile_of(*record);
}

Outcome<void> Directory::update_profile(std::string_view name,
                                        const std::function<Outcome<void>(InstanceProfile&)>& edit) {
  std::lock_guard lock(mutex_);
  Outcome<InstanceProfile> profile = find_profile(name);
  if (!profile) return profile.error();
  Outcome<void> edited = edit(*profile);
  if (!edited) return edited;
  records_.put(profile_kind, key_of(*profile), to_record(*profile));
  return {};
}

Outcome<void> Directory::remove_profile(std::string_view name) {
  std::lock_guard lock(mutex_);
  Outcome<InstanceProfile> profile = find_profile(name);
  if (!profile) return profile.error();
  if (!profile->role.empty()) return cannot_delete("remove roles from instance profile");
  records_.erase(profile_kind, key_of(*profile));
  return {};
}

Page<InstanceProfile> Directory::list_profiles(const PageRequest& request) const {
  return read_page<InstanceProfile>(records_, profile_kind, request, profile_of);
}

Outcome<void> Directory::create_policy(const Policy& policy) {
  std::lock_guard lock(mutex_);
  // A policy's name is unique whatever its path.
  for (const store::Records::Record& record : records_.list(policy_kind)) {
    if (to_lower(record.value.text("name")) == to_lower(policy.name)) {
      return Error{"EntityAlreadyExists",
                   "A policy called " + policy.name + " already exists. Duplicate names are not allowed.", 409};
    }
  }
  records_.put(policy_kind, key_of(policy), to_record(policy));
  changed();
  return {};
}

Outcome<Policy> Directory::read_policy(std::string_view arn) const {
  std::optional<Json> record = records_.get(policy_kind, arn);
  if (!record) return no_such_policy(arn);
  return policy_of(*record);
}

Outcome<Policy> Directory::find_policy(std::string_view arn) const {
  if (!is_aws_managed_policy(arn)) return read_policy(arn);
  std::optional<std::string> document = aws_managed_document(arn);
  if (!document) {
    return Error{"NoSuchEntity",
                 "Policy " + std::string(arn) +
                     " is managed by AWS: it can be attached here, but its content is not known, "
                     "so that it allows nothing.",
                 404};
  }
  Policy policy;
  policy.arn = arn;
  policy.name = arn.substr(arn.rfind('/') + 1);
  policy.path = arn.substr(arn.find('/'), arn.rfind('/') + 1 - arn.find('/'));
  policy.id = "ANPA" + to_lower(policy.name);
  policy.versions.push_back({1, std::move(*document), {}});
  return policy;
}

Outcome<void> Directory::update_policy(std::string_view arn, const std::function<Outcome<void>(Policy&)>& edit) {
  std::lock_guard lock(mutex_);
  Outcome<Policy> policy = read_policy(arn);
  if (!policy) return policy.error();
  Outcome<void> edited = edit(*policy);
  if (!edited) return edited;
  records_.put(policy_kind, key_of(*policy), to_record(*policy));
  changed();
  return {};
}

Outcome<void> Directory::remove_policy(std::string_view arn) {
  std::lock_guard lock(mutex_);
  Outcome<Policy> policy = read_policy(arn);
  if (!policy) return policy.error();
  for (PrincipalKind kind : {PrincipalKind::role, PrincipalKind::user, PrincipalKind::group}) {
    if (attached_to(arn, kind).empty() && bounded_by(arn, kind).empty()) continue;
    return Error{"DeleteConflict", "Cannot delete a policy attached to entities.", 409};
  }
  if (policy->versions.size() > 1) {
    return Error{
        "DeleteConflict",
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy.",
        409};
  }
  records_.erase(policy_kind, arn);
  changed();
  return {};
}

Page<Policy> Directory::list_policies(const PageRequest& request) const {
  return read_page<Policy>(records_, policy_kind, request, policy_of);
}

std::vector<Principal> Directory::attached_to(std::string_view policy_arn, PrincipalKind kind) const {
  std::vector<Principal> principals;
  for (const store::Records::Record& record : records_.list(record_kind(kind))) {
    for (const Json& arn : record.value["attached"].items()) {
      if (arn.as_string() == policy_arn) principals.push_back(principal_of(kind, record.value));
    }
  }
  return principals;
}

std::vector<Principal> Directory::bounded_by(std::string_view policy_arn, PrincipalKind kind) const {
  std::vector<Principal> principals;
  for (const store::Records::Record& record : records_.list(record_kind(kind))) {
    Principal principal = principal_of(kind, record.value);
    if (principal.permissions_boundary == policy_arn) principals.push_back(std::move(principal));
  }
  return principals;
}

void set_text(Texts& texts, std::string_view name, std::string_view value) {
  auto at = std::lower_bound(texts.begin(), texts.end(), name,
                             [](const auto& text, std::string_view key) { return text.first < key; });
  if (at != texts.end() && at->first == name) {
    at->second = value;
  } else {
    texts.emplace(at, name, value);
  }
}

bool erase_text(Texts& texts, std::string_view name) {
  return std::erase_if(texts, [&](const auto& text) { return text.first == name; }) > 0;
}

const std::string* find_text(const Texts& texts, std::string_view name) {
  for (const auto& text : texts) {
    if (text.first == name) return &text.second;
  }
  return nullptr;
}

Outcome<void> add_tags(Texts& tags, const Texts& more) {
  for (size_t i = 0; i < more.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (to_lower(more[i].first) == to_lower(more[j].first)) {
        return Error{"InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", 400};
      }
    }
  }
  Texts merged = tags;
  for (const auto& added : more) {
    std::erase_if(merged, [&](const auto& tag) { return to_lower(tag.first) == to_lower(added.first); });
    set_text(merged, added.first, added.second);
  }
  if (merged.size() > tags_max) {
    return Error{"LimitExceeded",
                 "The number of tags has reached the maximum limit of " + std::to_string(tags_max) + ".", 409};
  }
  tags = std::move(merged);
  return {};
}

}  // namespace penstock::access
