#include "aws/iam/access_key.h"

#include "aws/iam/principal.h"

namespace penstock::aws::iam {

namespace {

constexpr const char* status_of(bool active) {
  return active ? "Active" : "Inactive";
}

Error no_such_key(const std::string& id) {
  return Error{"NoSuchEntity", "The Access Key with id " + id + " cannot be found.", 404};
}

// The user named, or the one who calls.
Outcome<access::Principal> user_of(Context& context, const std::optional<std::string>& given) {
  Outcome<std::string> name = user_name_of(context, given);
  if (!name) return name.error();
  return directory(context).find(access::PrincipalKind::user, *name);
}

}  // namespace

Outcome<CreateAccessKeyOutput> create_access_key(Context& context, const CreateAccessKeyInput& input) {
  Outcome<access::Principal> user = user_of(context, input.user_name);
  if (!user) return user.error();
  access::Access& access = context.platform.access;
  if (access.user_keys(user->name).size() >= access::access_keys_per_user_max) {
    return Error{"LimitExceeded",
                 "Cannot exceed quota for AccessKeysPerUser: " + std::to_string(access::access_keys_per_user_max), 409};
  }
  access::AccessKey key = access.make_user_key(user->name, {context.account, user->arn, user->id});
  return CreateAccessKeyOutput{{user->name, key.keys.access_key, status_of(true), key.keys.secret, key.created}};
}

Outcome<DeleteAccessKeyOutput> delete_access_key(Context& context, const DeleteAccessKeyInput& input) {
  Outcome<access::Principal> user = user_of(context, input.user_name);
  if (!user) return user.error();
  if (!context.platform.access.remove_user_key(user->name, input.access_key_id))
    return no_such_key(input.access_key_id);
  return DeleteAccessKeyOutput{};
}

Outcome<ListAccessKeysOutput> list_access_keys(Context& context, const ListAccessKeysInput& input) {
  Outcome<access::Principal> user = user_of(context, input.user_name);
  if (!user) return user.error();
  std::vector<AccessKeyMetadata> keys;
  for (const access::AccessKey& key : context.platform.access.user_keys(user->name)) {
    keys.push_back({key.user, key.keys.access_key, status_of(key.active), key.created});
  }
  ListAccessKeysOutput output;
  Outcome<std::vector<AccessKeyMetadata>> page = take_page(std::move(keys), input, output);
  if (!page) return page.error();
  output.access_key_metadata = std::move(*page);
  return output;
}

Outcome<UpdateAccessKeyOutput> update_access_key(Context& context, const UpdateAccessKeyInput& input) {
  Outcome<access::Principal> user = user_of(context, input.user_name);
  if (!user) return user.error();
  bool active = input.status == status_of(true);
  if (!context.platform.access.set_user_key_active(user->name, input.access_key_id, active)) {
    return no_such_key(input.access_key_id);
  }
  return UpdateAccessKeyOutput{};
}

}  // namespace penstock::aws::iam
