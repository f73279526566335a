#include "base/assert.h"
#include "core/event/transformer.h"
#include "targets.h"

namespace penstock::fuzz {

// What of an event a target gets: a path, or after a zero byte a template whose variable <v> is that path. A template
// of JSON stays JSON whatever the event holds.
void event_input(std::string_view bytes) {
  const auto [path, text, both] = halves(bytes);
  const auto given = parse_json(R"({"detail":{"a":[1,{"b":"\"q\u0000"}],"n":null,"deep":{"x":[[2]]}},"source":"s"})");
  if (const auto found = event::EventPath::parse(path)) (void)found->find(*given);
  if (!both) return;
  const auto transformer = event::Transformer::parse({{"v", std::string(path)}}, text);
  if (!transformer) {
    PENSTOCK_ASSERT(!transformer.error().message.empty());
    return;
  }
  const std::string filled = transformer->apply(*given, {"arn:rule", "rule", "2026-11-24T10:00:00Z"});
  if (text.starts_with('{')) PENSTOCK_ASSERT(parse_json(filled).ok());
}

}  // namespace penstock::fuzz
