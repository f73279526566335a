// A template's text as a value: YAML with CloudFormation's short tags (!Sub, !GetAtt, ...) or JSON.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::stack {

// Where a value stands in the text, from 1. Line 0: not known.
struct Position {
  int line = 0;
  int column = 0;
};

struct TemplateText {
  Json value;                              // short tags in their long form: {"Fn::Sub": ...}
  std::map<std::string, Position> places;  // by path: "/Resources/Bucket/Properties/BucketName"

  // " (line 3, column 5)" of the value at `path` or of the nearest one around it; empty when not known.
  std::string where(std::string path) const;
};

// Errors: ValidationError, "Template format error: YAML not well-formed. (line 3, column 5)" and the like. Keys given
// twice are refused.
Outcome<TemplateText> read_template_text(std::string_view text);

// "Template format error: " and the rest, as CloudFormation answers it.
Error format_error(std::string_view what);

}  // namespace penstock::stack
