#include "aws/kms/alias.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/kms/request.h"

namespace penstock::aws::kms {

namespace {

constexpr int64_t page_default = 50;

// Source: CreateAlias, AliasName, of the KMS API reference.
Outcome<void> check_name(const std::string& name) {
  if (!name.starts_with("alias/") || name.size() == 6) return validation_error("Invalid identifier");
  if (name.starts_with("alias/aws/")) {
    return Error{"NotAuthorizedException", "Names that begin with alias/aws/ are reserved for AWS managed keys"};
  }
  bool valid = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-';
  });
  if (!valid) return validation_error(fmt::format("{} contains invalid characters for an alias", name));
  return {};
}

Outcome<keys::Key> check(Context& context, const std::string& name, const std::string& target) {
  if (Outcome<void> named = check_name(name); !named) return named.error();
  if (target.find("alias/") != std::string::npos) {
    return validation_error("Aliases must refer to keys. Not aliases");
  }
  return find_key(context, target);
}

}  // namespace

Outcome<CreateAliasOutput> create_alias(Context& context, const CreateAliasInput& input) {
  Outcome<keys::Key> key = check(context, input.alias_name, input.target_key_id);
  if (!key) return key.error();
  Outcome<void> made = context.platform.keyring.create_alias({context.region, context.account}, input.alias_name, *key);
  if (!made) return made.error();
  return CreateAliasOutput{};
}

Outcome<UpdateAliasOutput> update_alias(Context& context, const UpdateAliasInput& input) {
  Outcome<keys::Key> key = check(context, input.alias_name, input.target_key_id);
  if (!key) return key.error();
  Outcome<void> moved = context.platform.keyring.move_alias({context.region, context.account}, input.alias_name, *key);
  if (!moved) return moved.error();
  return UpdateAliasOutput{};
}

Outcome<DeleteAliasOutput> delete_alias(Context& context, const DeleteAliasInput& input) {
  if (Outcome<void> named = check_name(input.alias_name); !named) return named.error();
  Outcome<void> removed = context.platform.keyring.remove_alias({context.region, context.account}, input.alias_name);
  if (!removed) return removed.error();
  return DeleteAliasOutput{};
}

Outcome<ListAliasesOutput> list_aliases(Context& context, const ListAliasesInput& input) {
  Outcome<std::string> after = page_start(input.marker);
  if (!after) return after.error();
  std::string only;
  if (input.key_id) {
    Outcome<keys::Key> key = find_key(context, *input.key_id);
    if (!key) return key.error();
    only = key->id;
  }
  size_t count = static_cast<size_t>(input.limit.value_or(page_default));
  ListAliasesOutput output;
  output.aliases.emplace();
  output.truncated = false;
  for (const keys::Alias& alias : context.platform.keyring.aliases({context.region, context.account})) {
    if (alias.name <= *after || (!only.empty() && alias.key_id != only)) continue;
    if (output.aliases->size() == count) {
      output.truncated = true;
      output.next_marker = to_base64(*output.aliases->back().alias_name);
      break;
    }
    AliasListEntry& entry = output.aliases->emplace_back();
    entry.alias_name = alias.name;
    entry.alias_arn = context.arn("kms", alias.name);
    entry.target_key_id = alias.key_id;
    entry.creation_date = alias.created;
    entry.last_updated_date = alias.updated;
  }
  return output;
}

}  // namespace penstock::aws::kms
