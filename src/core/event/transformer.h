// What of an event a target gets: a part of it (InputPath) or a text made from it (InputTransformer). Source:
// "Amazon EventBridge input transformation", EventBridge user guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::event {

// A JSONPath as EventBridge has it: $, .name, ['name'], [0] and [*]. Error ValidationException.
class EventPath {
 public:
  static Outcome<EventPath> parse(std::string_view text);
  // Nothing when the event has no such place. With [*] an array of what is found.
  std::optional<Json> find(const Json& event) const;

 private:
  struct Step {
    std::string name;
    std::optional<size_t> index;
    bool all = false;
  };
  static void collect(const Json& value, const Step* step, const Step* end, std::vector<Json>& found);
  std::vector<Step> steps_;
  bool many_ = false;
};

class Transformer {
 public:
  // What the reserved names stand for besides the event.
  struct Source {
    std::string rule_arn, rule_name;
    std::string ingestion_time;  // ISO 8601
  };
  using Paths = std::vector<std::pair<std::string, std::string>>;  // variable -> JSONPath

  // Error ValidationException: a bad path, an unknown <name>, a template that is not JSON once it is filled.
  static Outcome<Transformer> parse(const Paths& paths, std::string_view text);
  // The filled template. A value outside quotes stands as JSON; inside quotes it is text. A value that the event lacks
  // is an empty text.
  std::string apply(const Json& event, const Source& source) const;

 private:
  struct Part {
    std::string literal;
    std::string name;     // of the variable after it, or empty at the end
    bool quoted = false;  // the variable stands inside a JSON text
  };
  Json value_of(std::string_view name, const Json& event, const Source& source) const;

  std::vector<std::pair<std::string, EventPath>> paths_;
  std::vector<Part> parts_;
};

}  // namespace penstock::event
