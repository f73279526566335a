// Conditional requests: If-Match and its kin on reads, writes, deletions and the sources of copies.
// Sources: RFC 9110 section 13; "Conditional reads / writes / deletes" of the S3 user guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/outcome.h"
#include "base/time.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

// `etag` without quotes. True for "*", and for any of a comma-separated list, quoted or not.
bool matches_etag(std::string_view header, std::string_view etag);

// NotModified (304, with ETag and Last-Modified) or PreconditionFailed. Dates compare by whole seconds.
struct ReadConditions {
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<Time> if_modified_since;
  std::optional<Time> if_unmodified_since;
};
Outcome<void> check_read(const ReadConditions& conditions, const store::ObjectVersion& version);
// Of a copy's source: every failure is PreconditionFailed.
Outcome<void> check_copy_source(const ReadConditions& conditions, const store::ObjectVersion& version);

// If-None-Match: * and If-Match: etag on writes; empty when there is nothing to decide. NotImplemented for
// If-None-Match with an ETag.
Outcome<store::Condition> write_condition(const std::optional<std::string>& if_match,
                                          const std::optional<std::string>& if_none_match, const std::string& key);

// If-Match, x-amz-if-match-last-modified-time and x-amz-if-match-size on deletions.
store::Condition remove_condition(const std::optional<std::string>& if_match, const std::optional<Time>& modified,
                                  const std::optional<int64_t>& size, const std::string& key);

}  // namespace penstock::aws::s3
