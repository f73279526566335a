// Schema: what a resource type takes and gives.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace penstock::stack {

// What a change of a property does to the resource.
enum class OnChange { update, replace };

struct Property {
  enum class Kind { text, integer, boolean, object, list, document, any };  // document: an object or its JSON text
  std::string_view name;
  Kind kind = Kind::text;
  bool required = false;
  OnChange on_change = OnChange::update;
};

struct ResourceSchema {
  std::string_view type;  // "AWS::S3::Bucket"
  std::vector<Property> properties;
  std::vector<std::string_view> attributes;  // of Fn::GetAtt; "Outputs.*" stands for every name with that beginning
  bool is_iam = false;                       // needs CAPABILITY_IAM
  std::string_view name_property = {};       // whose presence gives the resource a name of the user's choice

  const Property* find(std::string_view name) const;
  bool has_attribute(std::string_view name) const;
};

// What is wrong with evaluated properties, a line each, as AWS words it: "#: extraneous key [Foo] is not permitted".
// Values that are not known yet are not looked at.
std::vector<std::string> check_properties(const ResourceSchema& schema, const Json& properties);

// Where a number or a boolean was meant for a text, its text: "on AWS all scalars are texts in the end".
Json conformed(const ResourceSchema& schema, const Json& properties);

}  // namespace penstock::stack
