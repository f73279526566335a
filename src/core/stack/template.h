// Template: what a template's text says, checked as far as it can be without parameter values.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/stack/template_text.h"

namespace penstock::stack {

// Limits of CloudFormation ("Understand CloudFormation quotas").
inline constexpr size_t template_body_bytes_max = 51'200;
inline constexpr size_t template_object_bytes_max = 1'048'576;
inline constexpr size_t resources_max = 500;
inline constexpr size_t parameters_max = 200;
inline constexpr size_t outputs_max = 200;

struct Template {
  std::string body;
  TemplateText text;

  // A section ("Resources", "Outputs", ...), or a null value.
  const Json& section(std::string_view name) const { return text.value[name]; }
  const Json& resource(std::string_view logical_id) const { return section("Resources")[logical_id]; }
};

using ParameterValues = std::map<std::string, std::string>;  // every parameter of the template, as text

// Reads the text, writes out its loops and checks it: sections, resources' attributes, every reference to a parameter,
// resource, condition or mapping. `values`: for collections of loops (loops.h). Errors: ValidationError, everything
// that is wrong, a line each, in CloudFormation's words, followed by line and column.
Outcome<Template> parse_template(std::string body, const ParameterValues* values = nullptr);

// Names of the transforms that it asks for.
std::vector<std::string> transforms_of(const Template& from);
// Whether it asks for AWS::LanguageExtensions.
bool extends_language(const Template& from);
// Whether `text` is a value of DeletionPolicy or UpdateReplacePolicy.
bool is_policy(std::string_view attribute, std::string_view text);

// One use of a name inside a value.
struct Reference {
  enum class Kind { name, attribute, condition, mapping };
  Kind kind;
  std::string name;       // logical id, parameter, condition or mapping
  std::string attribute;  // of Fn::GetAtt and of ${A.B}
};

// Calls `use` for every Ref, Fn::GetAtt, Fn::Sub variable, condition and mapping named inside `value`, in order. An
// unknown function or a malformed one is an error.
Outcome<void> visit_references(const Json& value, const std::function<void(const Reference&)>& use);

// The names in `DependsOn`, a string or a list.
std::vector<std::string> depends_on(const Json& resource);

}  // namespace penstock::stack
