// What is read out of a call's input by the names of the model, whatever the operation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/protocol/shape.h"

namespace penstock::aws::authorization {

// The member of that name, or nullptr.
const Member* find_member(const Shape& shape, std::string_view name);

// The values at the end of a path as text: "Target.RoleArn"; "Targets[].RoleArn" is one of each item, "Names[]" the
// items themselves. An absent or empty one is nothing; so is what is no scalar. An absent list has no values.
std::vector<std::optional<std::string>> input_values(const Shape& shape, const void* input, std::string_view path);

// The one value of a path without "[]".
std::optional<std::string> input_text(const Shape& shape, const void* input, std::string_view path);

// Names with values of a member that is a map of texts.
std::vector<std::pair<std::string, std::string>> input_map(const Shape& shape, const void* input,
                                                           std::string_view name);

// Names with values of the tags of a request: a list of {Key, Value} or a map, in a member Tags, tags or Tagging.
std::vector<std::pair<std::string, std::string>> input_tags(const Shape& shape, const void* input);

}  // namespace penstock::aws::authorization
