// What roles, users and groups have in common: inline and attached policies, tags, permissions boundaries. Each
// operation is written once; the name in its input (RoleName, UserName, GroupName) says of what it is. Error
// NoSuchEntity when that is not there.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "aws/iam/principal.h"
#include "base/clock.h"
#include "core/access/policy_document.h"

namespace penstock::aws::iam {

// What an input is about.
template <class Input>
constexpr access::PrincipalKind kind_of() {
  if constexpr (requires(Input input) { input.role_name; }) return access::PrincipalKind::role;
  if constexpr (requires(Input input) { input.user_name; }) return access::PrincipalKind::user;
  return access::PrincipalKind::group;
}

// Its name.
template <class Shape>
auto& name_in(Shape& shape) {
  if constexpr (requires { shape.role_name; }) {
    return shape.role_name;
  } else if constexpr (requires { shape.user_name; }) {
    return shape.user_name;
  } else {
    return shape.group_name;
  }
}

template <class Input>
Outcome<access::Principal> find_principal(Context& context, const Input& input) {
  return directory(context).find(kind_of<Input>(), name_in(input));
}

// Edits it; the output of such an operation is empty.
template <class X>
Outcome<typename X::Output> edit_principal(Context& context, const typename X::Input& input,
                                           const std::function<Outcome<void>(access::Principal&)>& edit) {
  Outcome<void> edited = directory(context).update(kind_of<typename X::Input>(), name_in(input), edit);
  if (!edited) return edited.error();
  return typename X::Output{};
}

template <class X>
Outcome<typename X::Output> put_inline_policy(Context& context, const typename X::Input& input) {
  Outcome<void> checked = access::check_policy_document(input.policy_document, access::PolicyUse::identity);
  if (!checked) return checked.error();
  return edit_principal<X>(context, input, [&](access::Principal& principal) -> Outcome<void> {
    access::set_text(principal.inline_policies, input.policy_name, input.policy_document);
    return {};
  });
}

template <class X>
Outcome<typename X::Output> get_inline_policy(Context& context, const typename X::Input& input) {
  Outcome<access::Principal> principal = find_principal(context, input);
  if (!principal) return principal.error();
  const std::string* document = access::find_text(principal->inline_policies, input.policy_name);
  if (document == nullptr) return no_such_inline_policy(principal->kind, input.policy_name);
  typename X::Output output;
  name_in(output) = principal->name;
  output.policy_name = input.policy_name;
  output.policy_document = wire_document(*document);
  return output;
}

template <class X>
Outcome<typename X::Output> delete_inline_policy(Context& context, const typename X::Input& input) {
  return edit_principal<X>(context, input, [&](access::Principal& principal) -> Outcome<void> {
    if (access::erase_text(principal.inline_policies, input.policy_name)) return {};
    return no_such_inline_policy(principal.kind, input.policy_name);
  });
}

template <class X>
Outcome<typename X::Output> list_inline_policies(Context& context, const typename X::Input& input) {
  Outcome<access::Principal> principal = find_principal(context, input);
  if (!principal) return principal.error();
  typename X::Output output;
  Outcome<std::vector<std::string>> names = take_page(policy_names(*principal), input, output);
  if (!names) return names.error();
  output.policy_names = std::move(*names);
  return output;
}

template <class X>
Outcome<typename X::Output> attach_policy(Context& context, const typename X::Input& input) {
  Outcome<void> attached = directory(context).attach(kind_of<typename X::Input>(), name_in(input), input.policy_arn);
  if (!attached) return attached.error();
  return typename X::Output{};
}

template <class X>
Outcome<typename X::Output> detach_policy(Context& context, const typename X::Input& input) {
  Outcome<void> detached = directory(context).detach(kind_of<typename X::Input>(), name_in(input), input.policy_arn);
  if (!detached) return detached.error();
  return typename X::Output{};
}

template <class X>
Outcome<typename X::Output> list_attached_policies(Context& context, const typename X::Input& input) {
  Outcome<access::Principal> principal = find_principal(context, input);
  if (!principal) return principal.error();
  typename X::Output output;
  Outcome<std::vector<AttachedPolicy>> page =
      take_page(attached_policies(*principal, input.path_prefix), input, output);
  if (!page) return page.error();
  output.attached_policies = std::move(*page);
  return output;
}

template <class X>
Outcome<typename X::Output> tag_principal(Context& context, const typename X::Input& input) {
  Outcome<access::Texts> tags = texts_of(input.tags);
  if (!tags) return tags.error();
  return edit_principal<X>(context, input,
                           [&](access::Principal& principal) { return access::add_tags(principal.tags, *tags); });
}

template <class X>
Outcome<typename X::Output> untag_principal(Context& context, const typename X::Input& input) {
  return edit_principal<X>(context, input, [&](access::Principal& principal) -> Outcome<void> {
    for (const std::string& key : input.tag_keys) access::erase_text(principal.tags, key);
    return {};
  });
}

template <class X>
Outcome<typename X::Output> list_principal_tags(Context& context, const typename X::Input& input) {
  Outcome<access::Principal> principal = find_principal(context, input);
  if (!principal) return principal.error();
  typename X::Output output;
  Outcome<std::vector<Tag>> tags = take_page(wire_tags(principal->tags), input, output);
  if (!tags) return tags.error();
  output.tags = std::move(*tags);
  return output;
}

template <class X>
Outcome<typename X::Output> put_boundary(Context& context, const typename X::Input& input) {
  Outcome<void> known = check_boundary(context, input.permissions_boundary);
  if (!known) return known.error();
  return edit_principal<X>(context, input, [&](access::Principal& principal) -> Outcome<void> {
    principal.permissions_boundary = input.permissions_boundary;
    return {};
  });
}

template <class X>
Outcome<typename X::Output> delete_boundary(Context& context, const typename X::Input& input) {
  return edit_principal<X>(context, input, [&](access::Principal& principal) -> Outcome<void> {
    principal.permissions_boundary.clear();
    return {};
  });
}

template <class X>
Outcome<typename X::Output> delete_principal(Context& context, const typename X::Input& input) {
  constexpr access::PrincipalKind kind = kind_of<typename X::Input>();
  const bool has_keys =
      kind == access::PrincipalKind::user && !context.platform.access.user_keys(name_in(input)).empty();
  Outcome<void> removed = directory(context).remove(kind, name_in(input), has_keys);
  if (!removed) return removed.error();
  return typename X::Output{};
}

// Fills the members that Role, User and Group share.
template <class Wire>
void set_common(Wire& wire, const access::Principal& principal, bool in_full) {
  wire.path = principal.path;
  name_in(wire) = principal.name;
  wire.arn = principal.arn;
  wire.create_date = principal.created;
  if constexpr (requires { wire.permissions_boundary; }) {
    if (!principal.permissions_boundary.empty())
      wire.permissions_boundary = AttachedPermissionsBoundary{"Policy", principal.permissions_boundary};
    if (in_full && !principal.tags.empty()) wire.tags = wire_tags(principal.tags);
  }
}

// A new one, not yet in the directory, from the members that CreateRole, CreateUser and CreateGroup share. Errors:
// ValidationError for a path, NoSuchEntity for a boundary, those of texts_of.
template <class Input>
Outcome<access::Principal> new_principal(Context& context, const Input& input) {
  static constexpr const char* prefixes[] = {"AROA", "AIDA", "AGPA"};
  access::Principal principal;
  principal.kind = kind_of<Input>();
  principal.name = name_in(input);
  Outcome<std::string> path = checked_path(input.path);
  if (!path) return path.error();
  principal.path = *path;
  principal.id = context.platform.access.make_id(prefixes[static_cast<size_t>(principal.kind)]);
  principal.arn = iam_arn(context, access::lower_word(principal.kind).c_str(), *path, principal.name);
  principal.created = whole_seconds(context.platform.clock.now());
  if constexpr (requires { input.permissions_boundary; }) {
    Outcome<access::Texts> tags = texts_of(input.tags);
    if (!tags) return tags.error();
    principal.tags = *tags;
    principal.permissions_boundary = input.permissions_boundary.value_or("");
    if (input.permissions_boundary) {
      Outcome<void> known = check_boundary(context, *input.permissions_boundary);
      if (!known) return known.error();
    }
  }
  return principal;
}

}  // namespace penstock::aws::iam
