// Fn::ForEach: what a template repeats over a collection, written out.
// Source: "Fn::ForEach", CloudFormation Template Reference.
#pragma once

#include "base/outcome.h"
#include "core/stack/template.h"

namespace penstock::stack {

inline constexpr std::string_view language_extensions = "AWS::LanguageExtensions";

// Whether the key is that of a loop: "Fn::ForEach::NAME".
bool is_loop(std::string_view key);
// Whether there are loops where they may be.
bool has_loops(const TemplateText& text);

// The template with every loop written out, in the sections Conditions, Resources and Outputs. Values keep the places
// of what they were written out of. `values`: of the parameters that collections name; none: their defaults, and a loop
// over what only a value would tell goes away.
Outcome<TemplateText> write_out_loops(const TemplateText& text, const ParameterValues* values);

}  // namespace penstock::stack
