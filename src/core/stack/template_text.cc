#include "core/stack/template_text.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::stack {

namespace {

constexpr size_t nodes_max = 100'000;  // of one template, with every use of an alias: against texts that unfold

// Thrown and caught inside this file only.
struct Refused {
  std::string what;
  YAML::Mark mark;
};

// The functions with a short form. Ref and Condition have no "Fn::".
constexpr std::array<std::string_view, 18> short_tags = {
    "Base64", "Cidr",      "FindInMap", "GetAtt", "GetAZs", "ImportValue", "Join", "Select", "Split",
    "Sub",    "Transform", "And",       "Equals", "If",     "Not",         "Or",   "Length", "ToJsonString"};

bool is_json_number(std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return false;
  if (digits.size() > 1 && digits[0] == '0' && digits[1] != '.' && digits[1] != 'e' && digits[1] != 'E') return false;
  Outcome<Json> number = parse_json(text);
  return number.ok() && number->is_number();
}

// YAML 1.1's words, which CloudFormation reads too.
std::optional<bool> boolean_word(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  std::string lower = to_lower(text);
  if (lower == "true" || lower == "yes" || lower == "on") return true;
  if (lower == "false" || lower == "no" || lower == "off") return false;
  return std::nullopt;
}

Json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (std::optional<bool> word = boolean_word(text)) return Json(*word);
  if (is_json_number(text)) return Json::number(text);
  return Json(text);  // also dates, octal and hexadecimal numbers: as written
}

class YamlReader {
 public:
  explicit YamlReader(TemplateText& out) : out_(out) {}

  Json read(const YAML::Node& node, const std::string& path) {
    if (++count_ > nodes_max) throw Refused{"The template has too many values", node.Mark()};
    const Depth depth(depth_);
    if (depth_ > limits::json_depth_max) throw Refused{"The template is nested too deeply", node.Mark()};
    if (!node.Mark().is_null()) out_.places[path] = {node.Mark().line + 1, node.Mark().column + 1};
    const std::string& tag = node.Tag();
    if (tag.size() > 1 && tag[0] == '!') return read_function(node, std::string_view(tag).substr(1), path);
    return read_plain(node, path);
  }

 private:
  Json read_plain(const YAML::Node& node, const std::string& path) {
    if (node.IsMap()) return read_map(node, path);
    if (node.IsSequence()) {
      Json list = Json::array();
      for (size_t index = 0; index < node.size(); ++index) {
        list.push_back(read(node[index], fmt::format("{}/{}", path, index)));
      }
      return list;
    }
    if (node.IsNull() || !node.IsScalar()) return {};
    const std::string& tag = node.Tag();
    bool plain = tag == "?" || tag.empty();
    return plain ? plain_scalar(node.Scalar()) : Json(node.Scalar());
  }

  Json read_map(const YAML::Node& node, const std::string& path) {
    std::vector<JsonMember> members;
    members.reserve(node.size());
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) throw Refused{"Map keys must be strings", entry.first.Mark()};
      const std::string& key = entry.first.Scalar();
      if (std::ranges::any_of(members, [&](const JsonMember& member) { return member.key == key; })) {
        throw Refused{fmt::format("Duplicate key: {}", key), entry.first.Mark()};
      }
      members.push_back({key, read(entry.second, path + "/" + key)});
    }
    return Json::object(std::move(members));
  }

  Json read_function(const YAML::Node& node, std::string_view name, const std::string& path) {
    bool bare = name == "Ref" || name == "Condition";
    if (!bare && std::ranges::find(short_tags, name) == short_tags.end()) {
      throw Refused{fmt::format("Unrecognized tag !{}", name), node.Mark()};
    }
    std::string key = bare ? std::string(name) : fmt::format("Fn::{}", name);
    Json argument = node.IsScalar() ? Json(node.Scalar()) : read_plain(node, path + "/" + key);
    if (name == "GetAtt" && argument.is_string()) argument = split_attribute(argument.as_string());
    return Json::object({{std::move(key), std::move(argument)}});
  }

  // !GetAtt Nested.Outputs.X is the resource Nested and its attribute Outputs.X.
  static Json split_attribute(std::string_view text) {
    size_t dot = text.find('.');
    if (dot == std::string_view::npos) return Json(std::vector<Json>{Json(text)});
    return Json(std::vector<Json>{Json(text.substr(0, dot)), Json(text.substr(dot + 1))});
  }

  // Counts the values that are being read; an alias may refer to what it is in.
  struct Depth {
    explicit Depth(size_t& the_depth) : depth(the_depth) { ++depth; }
    ~Depth() { --depth; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    size_t& depth;
  };

  TemplateText& out_;
  size_t count_ = 0;
  size_t depth_ = 0;
};

Outcome<TemplateText> read_yaml(std::string_view text, std::string_view language) {
  TemplateText out;
  auto refused = [&](const std::string& what, const YAML::Mark& mark) {
    return format_error(
        fmt::format("{} not well-formed. (line {}, column {}): {}", language, mark.line + 1, mark.column + 1, what));
  };
  try {
    YAML::Node root = YAML::Load(std::string(text));
    out.value = YamlReader(out).read(root, "");
  } catch (const Refused& refusal) {
    return refused(refusal.what, refusal.mark);
  } catch (const YAML::Exception& failure) {
    return refused(failure.msg, failure.mark);
  } catch (const std::exception& failure) {
    return format_error(fmt::format("{} not well-formed. {}", language, failure.what()));
  }
  return out;
}

// JSON is nearly YAML: the places of its values, and keys given twice, come from reading it as that.
Outcome<TemplateText> read_json(std::string_view text) {
  Outcome<Json> value = parse_json(text);
  if (!value) return format_error(fmt::format("JSON not well-formed. {}", value.error().message));
  Outcome<TemplateText> placed = read_yaml(text, "JSON");
  if (!placed && placed.error().message.find("Duplicate key") != std::string::npos) return placed;
  TemplateText out;
  if (placed.ok()) out.places = std::move(placed->places);
  out.value = std::move(*value);
  return out;
}

}  // namespace

std::string TemplateText::where(std::string path) const {
  while (true) {
    auto found = places.find(path);
    if (found != places.end()) return fmt::format(" (line {}, column {})", found->second.line, found->second.column);
    size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    path.resize(slash);
  }
}

Error format_error(std::string_view what) {
  return Error{"ValidationError", fmt::format("Template format error: {}", what)};
}

Outcome<TemplateText> read_template_text(std::string_view text) {
  std::string_view trimmed = trim(text);
  Outcome<TemplateText> read = trimmed.starts_with('{') ? read_json(trimmed) : read_yaml(text, "YAML");
  if (read.ok() && !read->value.is_object()) return format_error("unsupported structure.");
  return read;
}

}  // namespace penstock::stack
