// How a request's body becomes content of the store.
#pragma once

#include "aws/protocol/http.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

// The body's bytes, or its spooled file with the digests that the server computed while it arrived.
store::ContentSource source_of(const Body& body);

}  // namespace penstock::aws::s3
