#include "core/pipeline/definition_digest.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/json.h"

namespace penstock::pipeline {

namespace {

Json sorted(const Json& value) {
  if (value.is_array()) {
    std::vector<Json> items;
    for (const Json& item : value.items()) items.push_back(sorted(item));
    return Json(std::move(items));
  }
  if (!value.is_object()) return value;
  std::vector<JsonMember> members;
  for (const JsonMember& member : value.members()) members.push_back({member.key, sorted(member.value)});
  std::ranges::sort(members, {}, &JsonMember::key);
  return Json::object(std::move(members));
}

}  // namespace

std::string definition_digest(std::string_view definition) {
  const Outcome<Json> json = parse_json(definition);
  return "sha256:" + sha256_hex(json ? to_string(sorted(*json)) : std::string(definition));
}

}  // namespace penstock::pipeline
