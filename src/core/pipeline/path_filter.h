// Filter: the condition of a path's `[?(...)]`, with Jayway's operators. Private to path*.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/pipeline/path_token.h"

namespace penstock::pipeline {

class Filter {
 public:
  // Parses "(...)", the cursor standing at the bracket.
  static Outcome<std::shared_ptr<const Filter>> parse(Cursor& cursor);

  // Whether `current` ("@") passes; `document` is "$".
  bool accepts(const Json& current, const Json& document) const;

  struct Node;
  explicit Filter(std::unique_ptr<const Node> root);
  ~Filter();

 private:
  std::unique_ptr<const Node> root_;
};

}  // namespace penstock::pipeline
