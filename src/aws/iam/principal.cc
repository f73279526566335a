#include "aws/iam/principal.h"

#include "core/access/access.h"
#include "core/access/policy_document.h"

namespace penstock::aws::iam {

namespace {

Error no_such_inline_policy(access::PrincipalKind kind, const std::string& policy_name) {
  std::string word = kind == access::PrincipalKind::role ? "role" : "user";
  return Error{"NoSuchEntity", "The " + word + " policy with name " + policy_name + " cannot be found.", 404};
}

}  // namespace

std::vector<Tag> wire_tags(const access::Texts& tags) {
  std::vector<Tag> wire;
  for (const auto& [key, value] : tags) wire.push_back({key, value});
  return wire;
}

Outcome<access::Texts> texts_of(const std::optional<std::vector<Tag>>& tags) {
  access::Texts given;
  if (tags) {
    for (const Tag& tag : *tags) given.emplace_back(tag.key, tag.value);
  }
  access::Texts texts;
  Outcome<void> added = access::add_tags(texts, given);
  if (!added) return added.error();
  return texts;
}

std::string iam_arn(const Context& context, const char* type, const std::string& path, const std::string& name) {
  return "arn:aws:iam::" + context.account + ":" + type + path + name;
}

Outcome<std::string> checked_path(const std::optional<std::string>& path) {
  if (!path) return std::string("/");
  if (path->starts_with('/') && path->ends_with('/')) return *path;
  return Error{"ValidationError",
               "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
               "characters and/or / characters.",
               400};
}

std::vector<AttachedPolicy> attached_policies(const access::Principal& principal,
                                              const std::optional<std::string>& path_prefix) {
  std::vector<AttachedPolicy> policies;
  for (const std::string& arn : principal.attached) {
    size_t path = arn.find(":policy/") + std::string_view(":policy").size();
    size_t name = arn.rfind('/') + 1;
    if (path_prefix && !std::string_view(arn).substr(path, name - path).starts_with(*path_prefix)) continue;
    policies.push_back({arn.substr(name), arn});
  }
  return policies;
}

std::vector<std::string> policy_names(const access::Principal& principal) {
  std::vector<std::string> names;
  for (const auto& [name, document] : principal.inline_policies) names.push_back(name);
  return names;
}

std::string wire_document(std::string_view document) {
  return uri_encode(document);
}

Outcome<void> put_inline_policy(Context& context, access::PrincipalKind kind, const std::string& name,
                                const std::string& policy_name, const std::string& document) {
  Outcome<void> checked = access::check_policy_document(document, access::PolicyUse::identity);
  if (!checked) return checked;
  return context.platform.access.directory().update(kind, name, [&](access::Principal& principal) -> Outcome<void> {
    access::set_text(principal.inline_policies, policy_name, document);
    return {};
  });
}

Outcome<std::string> get_inline_policy(Context& context, access::PrincipalKind kind, const std::string& name,
                                       const std::string& policy_name) {
  Outcome<access::Principal> principal = context.platform.access.directory().find(kind, name);
  if (!principal) return principal.error();
  const std::string* document = access::find_text(principal->inline_policies, policy_name);
  if (document == nullptr) return no_such_inline_policy(kind, policy_name);
  return wire_document(*document);
}

Outcome<void> delete_inline_policy(Context& context, access::PrincipalKind kind, const std::string& name,
                                   const std::string& policy_name) {
  return context.platform.access.directory().update(kind, name, [&](access::Principal& principal) -> Outcome<void> {
    if (!access::erase_text(principal.inline_policies, policy_name)) return no_such_inline_policy(kind, policy_name);
    return {};
  });
}

}  // namespace penstock::aws::iam
