// Aliases of KMS keys.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/kms/alias.h"

namespace penstock::aws::kms {

Outcome<CreateAliasOutput> create_alias(Context& context, const CreateAliasInput& input);
Outcome<UpdateAliasOutput> update_alias(Context& context, const UpdateAliasInput& input);
Outcome<DeleteAliasOutput> delete_alias(Context& context, const DeleteAliasInput& input);
Outcome<ListAliasesOutput> list_aliases(Context& context, const ListAliasesInput& input);

}  // namespace penstock::aws::kms
