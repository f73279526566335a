// Listings by key order: each page costs what it returns, however many keys lie under a common prefix, for the scan
// jumps over it (an index search instead of a walk).
#pragma once

#include "store/database.h"
#include "store/objects.h"

namespace penstock::store {

// The bucket exists. Both may throw internal::SqliteFailure, which only Database catches.
ListPage list_objects(Connection& connection, const Bucket& bucket, const ListQuery& query);
UploadPage list_uploads(Connection& connection, const Bucket& bucket, const UploadQuery& query);

}  // namespace penstock::store
