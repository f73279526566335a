// A definition's graph as a picture: one self-contained SVG, dark where the reader's system is.
#pragma once

#include <string>

#include "base/json.h"

namespace penstock::define {

// States as boxes by type, transitions as lines, errors as red dashed lines, data as thin dotted ones. Every box has a
// <title> (name, type, resource), every line one that says what it is.
std::string graph_svg(const Json& definition);

}  // namespace penstock::define
