// XML <-> generated structs, by walking the tables. Used by REST-XML bodies and by the query protocol's answers.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "aws/protocol/shape.h"
#include "aws/protocol/validation.h"

namespace penstock::aws {

// Appends <NAME xmlns...>...</NAME> for the value of `use`.
void append_xml(std::string& out, std::string_view name, const Member& use, const void* value);
// Appends the members of a structure that travel in the body, without an element around them.
void append_xml_members(std::string& out, const Shape& shape, const void* value);
// Text with &, <, >, quotes and control characters escaped.
void append_xml_text(std::string& out, std::string_view text);
// <NAME>text</NAME>
void append_xml_element(std::string& out, std::string_view name, std::string_view text);

// Fills `value`, which is new, from the attributes and children of `element`; false when a text is no such scalar.
// Unknown elements are ignored. Constraints are added to `validation`.
bool from_xml(const Member& use, const pugi::xml_node& element, void* value, Validation& validation,
              const ValuePath& path);
// The same for the members of a structure that travel in the body.
bool from_xml_members(const Shape& shape, const pugi::xml_node& element, void* value, Validation& validation,
                      SeenMembers& seen, const ValuePath& path);

}  // namespace penstock::aws
