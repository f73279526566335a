#include "base/json.h"

#include "base/assert.h"
#include "targets.h"

namespace penstock::fuzz {

// What is read and written is read again as the same value and written as the same text.
void json(std::string_view bytes) {
  const auto value = parse_json(bytes);
  if (!value) {
    PENSTOCK_ASSERT(!value.error().message.empty());
    return;
  }
  const std::string text = to_string(*value);
  const auto again = parse_json(text);
  PENSTOCK_ASSERT(again.ok() && to_string(*again) == text && *again == *value);
  const auto pretty = parse_json(to_pretty_string(*value));
  PENSTOCK_ASSERT(pretty.ok() && to_string(*pretty) == text);
}

}  // namespace penstock::fuzz
