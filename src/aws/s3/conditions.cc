#include "aws/s3/conditions.h"

#include "aws/s3/errors.h"
#include "base/encoding.h"

namespace penstock::aws::s3 {

namespace {

int64_t seconds(Time time) {
  return time.microseconds / 1'000'000;
}

std::string_view without_quotes(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return etag;
}

Error not_modified(const store::ObjectVersion& version) {
  return Error{"NotModified",
               "Not Modified",
               304,
               {{"ETag", "\"" + version.etag + "\""}, {"Last-Modified", to_http_date(version.modified)}}};
}

Error no_such_key(const std::string& key) {
  return Error{"NoSuchKey", "The specified key does not exist.", 404, {{"Key", key}}};
}

}  // namespace

bool matches_etag(std::string_view header, std::string_view etag) {
  for (std::string_view part : split(header, ',')) {
    part = trim(part);
    if (part == "*" || without_quotes(part) == etag) return true;
  }
  return false;
}

Outcome<void> check_read(const ReadConditions& conditions, const store::ObjectVersion& version) {
  if (conditions.if_match) {
    if (!matches_etag(*conditions.if_match, version.etag)) return precondition_failed("If-Match");
  } else if (conditions.if_unmodified_since && seconds(version.modified) > seconds(*conditions.if_unmodified_since)) {
    return precondition_failed("If-Unmodified-Since");
  }
  if (conditions.if_none_match) {
    if (matches_etag(*conditions.if_none_match, version.etag)) return not_modified(version);
  } else if (conditions.if_modified_since && seconds(version.modified) <= seconds(*conditions.if_modified_since)) {
    return not_modified(version);
  }
  return {};
}

Outcome<void> check_copy_source(const ReadConditions& conditions, const store::ObjectVersion& version) {
  auto checked = check_read(conditions, version);
  if (checked.ok() || checked.error().status != 304) return checked;
  return precondition_failed(conditions.if_none_match ? "x-amz-copy-source-If-None-Match"
                                                      : "x-amz-copy-source-If-Modified-Since");
}

Outcome<store::Condition> write_condition(const std::optional<std::string>& if_match,
                                          const std::optional<std::string>& if_none_match, const std::string& key) {
  if (!if_match && !if_none_match) return store::Condition();
  if (if_match && if_none_match) {
    return Error{"NotImplemented", "A header you provided implies functionality that is not implemented", 501, {}};
  }
  if (if_none_match && trim(*if_none_match) != "*") {
    return Error{"NotImplemented",
                 "A header you provided implies functionality that is not implemented",
                 501,
                 {{"Header", "If-None-Match"}}};
  }
  if (if_none_match) {
    return store::Condition([](const store::ObjectVersion* current) -> Outcome<void> {
      if (current != nullptr) return precondition_failed("If-None-Match");
      return {};
    });
  }
  return store::Condition([etag = *if_match, key](const store::ObjectVersion* current) -> Outcome<void> {
    if (current == nullptr) return no_such_key(key);
    if (!matches_etag(etag, current->etag)) return precondition_failed("If-Match");
    return {};
  });
}

store::Condition remove_condition(const std::optional<std::string>& if_match, const std::optional<Time>& modified,
                                  const std::optional<int64_t>& size, const std::string& key) {
  if (!if_match && !modified && !size) return {};
  return [=](const store::ObjectVersion* current) -> Outcome<void> {
    if (current == nullptr) return no_such_key(key);
    if (if_match && !matches_etag(*if_match, current->etag)) return precondition_failed("If-Match");
    if (modified && seconds(*modified) != seconds(current->modified)) {
      return precondition_failed("x-amz-if-match-last-modified-time");
    }
    if (size && static_cast<uint64_t>(*size) != current->size) return precondition_failed("x-amz-if-match-size");
    return {};
  };
}

}  // namespace penstock::aws::s3
