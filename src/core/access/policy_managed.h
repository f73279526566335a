// The AWS managed policies that are known here. Their documents are our own: they allow what their names say, in the
// services that Penstock serves and in those that pipelines on AWS use beside them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::access {

// The document of arn:aws:iam::aws:policy/NAME; nothing when it is not known.
std::optional<std::string> aws_managed_document(std::string_view arn);
// NAME or PATH/NAME of each, in order.
std::vector<std::string_view> aws_managed_names();

}  // namespace penstock::access
