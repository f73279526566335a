#include "aws/iam/principal.h"

namespace penstock::aws::iam {

Outcome<std::string> user_name_of(const Context& context, const std::optional<std::string>& given) {
  if (given) return *given;
  const std::string& arn = context.caller.arn;  // arn:aws:iam::ACCOUNT:user/PATH/NAME
  if (arn.find(":user/") != std::string::npos) return arn.substr(arn.rfind('/') + 1);
  return Error{"ValidationError", "Must specify userName when calling with non-User credentials", 400};
}

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

Error no_such_inline_policy(access::PrincipalKind kind, const std::string& policy_name) {
  return Error{"NoSuchEntity",
               "The " + access::lower_word(kind) + " policy with name " + policy_name + " cannot be found.", 404};
}

Outcome<void> check_boundary(Context& context, const std::string& policy_arn) {
  if (access::is_aws_managed_policy(policy_arn) || directory(context).find_policy(policy_arn)) return {};
  return Error{"NoSuchEntity", "Scope ARN: " + policy_arn + " does not exist or is not attachable.", 404};
}

Outcome<access::Principal> rename_principal(Context& context, access::PrincipalKind kind, const std::string& before,
                                            const std::optional<std::string>& name,
                                            const std::optional<std::string>& path) {
  Outcome<std::string> checked = checked_path(path);
  if (!checked) return checked.error();
  return directory(context).rename(kind, before, [&](access::Principal& principal) {
    if (path) principal.path = *checked;
    if (name) principal.name = *name;
    principal.arn = iam_arn(context, access::lower_word(kind).c_str(), principal.path, principal.name);
  });
}

}  // namespace penstock::aws::iam
