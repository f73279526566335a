// Compressed files as Arrow's streams: gzip, zstd and bz2 by Arrow, xz by libarchive.
#pragma once

#include <arrow/io/interfaces.h>

#include <memory>
#include <string>

namespace penstock::kit {

// What `raw` holds under `compression` ("gzip", "zstd", "bz2", "xz"). Damage shows as the error of a read.
arrow::Result<std::shared_ptr<arrow::io::InputStream>> decompress(const std::string& compression,
                                                                  std::shared_ptr<arrow::io::InputStream> raw);

}  // namespace penstock::kit
