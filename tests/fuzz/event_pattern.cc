#include "base/assert.h"
#include "core/event/pattern.h"
#include "targets.h"

namespace penstock::fuzz {

// An EventBridge pattern and, after a zero byte, the event it is held against. A pattern that names its sources matches
// no event of another.
void event_pattern(std::string_view bytes) {
  const auto [text, rest, both] = halves(bytes);
  const auto pattern = event::Pattern::parse(text);
  if (!pattern) {
    PENSTOCK_ASSERT(pattern.error().code == "InvalidEventPatternException" && !pattern.error().message.empty());
    return;
  }
  const auto given =
      parse_json(both ? rest : R"({"source":"aws.s3","detail-type":"x","detail":{"a":[1,{"b":"c"}],"ip":"10.0.0.1"}})");
  if (!given) return;
  const bool matched = pattern->matches(*given);
  const auto sources = pattern->sources();
  if (matched && !sources.empty() && (*given)["source"].is_string()) {
    bool named = false;
    for (const std::string& source : sources) named = named || source == (*given)["source"].as_string();
    PENSTOCK_ASSERT(named);
  }
}

}  // namespace penstock::fuzz
