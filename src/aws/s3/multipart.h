// What the two files about multipart uploads share.
#pragma once

#include "aws/s3/checksums.h"
#include "base/outcome.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

// 1 to 10,000. InvalidArgument.
Outcome<void> check_part_number(int64_t number);

// The algorithm of the parts' checksums: the one the upload was created with, else S3's default. Kept in the upload's
// attributes as {"checksum": {"algorithm", "type"}} only when the client chose one.
const ChecksumAlgorithm& algorithm_of(const store::Upload& upload);

}  // namespace penstock::aws::s3
