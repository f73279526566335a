// What the handlers of KMS share: whose keys a call means, pages, tags.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/context.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/keys/keyring.h"
#include "models/kms/shapes.h"

namespace penstock::aws::kms {

// The key that a request names. NotFoundException, InvalidArnException.
inline Outcome<keys::Key> find_key(Context& context, const std::string& reference) {
  return context.platform.keyring.find({context.region, context.account}, reference);
}

// A marker is the last id or name of the page before, in base64. InvalidMarkerException.
inline Outcome<std::string> page_start(const std::optional<std::string>& marker) {
  if (!marker) return std::string();
  std::optional<std::string> name = from_base64(*marker);
  if (!name || name->empty()) return Error{"InvalidMarkerException", "Could not deserialize marker"};
  return *name;
}

// Adds tags to those of a key. TagException.
Outcome<void> add_tags(const std::vector<Tag>& tags, Json& all);

inline Error validation_error(std::string message) {
  return {"ValidationException", std::move(message)};
}

inline Error unsupported(std::string message) {
  return {"UnsupportedOperationException", std::move(message)};
}

}  // namespace penstock::aws::kms
