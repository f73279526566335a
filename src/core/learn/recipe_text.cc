// YAML to JSON, for recipes.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/limits.h"
#include "core/learn/recipe.h"

namespace penstock::learn {
namespace {

constexpr size_t nodes_max = 100'000;  // with every use of an alias: against texts that unfold

// Thrown and caught inside this file only.
struct Refused {
  std::string what;
  YAML::Mark mark;
};

Json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null") return {};
  if (text == "true" || text == "false") return text == "true";
  if (const auto number = parse_json(text); number.ok() && number->is_number()) return *number;
  return text;
}

Json read_node(const YAML::Node& node, size_t& count, size_t depth) {
  // An alias may refer to what it is in.
  if (depth > limits::json_depth_max) throw Refused{"the values are nested too deeply", node.Mark()};
  if (++count > nodes_max) throw Refused{fmt::format("more than {} values", nodes_max), node.Mark()};
  const std::string& tag = node.Tag();
  if (tag.size() > 1 && tag[0] == '!') throw Refused{fmt::format("the tag {} means nothing here", tag), node.Mark()};
  if (node.IsMap()) {
    Json map = Json::object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) throw Refused{"a key must be a text", member.first.Mark()};
      const std::string& key = member.first.Scalar();
      if (map.find(key)) throw Refused{fmt::format("the key '{}' is there twice", key), member.first.Mark()};
      map.set(key, read_node(member.second, count, depth + 1));
    }
    return map;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node) list.push_back(read_node(item, count, depth + 1));
    return list;
  }
  if (!node.IsScalar()) return {};
  return tag == "?" || tag.empty() ? plain_scalar(node.Scalar()) : Json(node.Scalar());
}

Error bad_yaml(const std::string& what, const YAML::Mark& mark) {
  return {.code = "BadYaml", .message = fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, what)};
}

}  // namespace

Outcome<Json> yaml_to_json(std::string_view text) {
  try {  // yaml-cpp reports by exception
    size_t count = 0;
    return read_node(YAML::Load(std::string(text)), count, 1);
  } catch (const Refused& refused) {
    return bad_yaml(refused.what, refused.mark);
  } catch (const YAML::Exception& problem) {
    return bad_yaml(problem.msg, problem.mark);
  }
}

}  // namespace penstock::learn
