// ReferencePath: where a result goes in a document (ResultPath), and where a value is taken strictly (ItemsPath).
// Only names and non-negative indices; missing objects on the way are made, arrays are never extended.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::pipeline {

class ReferencePath {
 public:
  // The error (code "InvalidPath") says why the text is not a Reference Path.
  static Outcome<ReferencePath> compile(std::string_view text);

  const std::string& text() const { return text_; }
  bool is_root() const { return steps_.empty(); }

  // `document` with `value` put at this place; copies only the spine. A step that cannot be made (a name in something
  // that is not an object, an index in something that is not an array or outside it) is the error
  // States.ReferencePathConflict, "Unable to apply step \"x\" to input {...}", as AWS words it.
  Outcome<Json> write(Json document, Json value) const;

 private:
  using Step = std::variant<std::string, size_t>;
  ReferencePath(std::string text, std::vector<Step> steps) : text_(std::move(text)), steps_(std::move(steps)) {}
  std::optional<std::string> refused_step(const Json& document) const;

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace penstock::pipeline
