// Access keys of users: handlers of IAM. Without UserName they are about the user who calls.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/iam/access_key.h"

namespace penstock::aws::iam {

Outcome<CreateAccessKeyOutput> create_access_key(Context& context, const CreateAccessKeyInput& input);
Outcome<DeleteAccessKeyOutput> delete_access_key(Context& context, const DeleteAccessKeyInput& input);
Outcome<ListAccessKeysOutput> list_access_keys(Context& context, const ListAccessKeysInput& input);
Outcome<UpdateAccessKeyOutput> update_access_key(Context& context, const UpdateAccessKeyInput& input);

}  // namespace penstock::aws::iam
