#include "core/stack/loops.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "core/stack/evaluator.h"
#include "core/stack/functions.h"

namespace penstock::stack {

namespace {

constexpr size_t rounds_max = 1'000;  // of all loops of a template: more cannot be resources (500) and outputs (200)

class Loops {
 public:
  Loops(const Template& from, const ParameterValues& values, bool drops_open)
      : from_(from),
        drops_open_(drops_open),
        evaluator_(from, values, {},
                   {[](const std::string& id, const std::string&) -> Outcome<Json> {
                      return template_error("Fn::ForEach could not resolve " + id +
                                            ": a collection may name parameters and mappings only");
                    },
                    [](const std::string&) -> Outcome<Json> {
                      return template_error("Fn::ForEach could not resolve Fn::ImportValue");
                    }}) {}

  Outcome<TemplateText> run() {
    Json root = Json::object();
    for (const JsonMember& section : from_.text.value.members()) {
      bool repeats = section.key == "Conditions" || section.key == "Resources" || section.key == "Outputs";
      std::string path = "/" + section.key;
      root.set(section.key, repeats ? copy(section.value, path, path) : section.value);
    }
    if (error_) return *error_;
    for (const auto& [path, place] : from_.text.places) out_.places.try_emplace(path, place);
    out_.value = std::move(root);
    return std::move(out_);
  }

 private:
  Json copy(const Json& value, const std::string& from, const std::string& to);
  Json copy_members(const Json& object, const std::string& from, const std::string& to);
  void repeat(const JsonMember& loop, const std::string& from, const std::string& to, Json& into);
  std::vector<Json> collection(const JsonMember& loop, const std::string& from);
  std::string filled(std::string text) const;

  void fail(const std::string& path, std::string_view what) {
    if (!error_) error_ = format_error(fmt::format("{}{}", what, from_.text.where(path)));
  }

  const Template& from_;
  bool drops_open_;
  Evaluator evaluator_;
  std::vector<std::pair<std::string, std::string>> bound_;  // identifiers and what they stand for, inner ones last
  size_t rounds_ = 0;
  std::optional<Error> error_;  // the first
  TemplateText out_;
};

// ${Identifier}, and &{Identifier} for the same without what a logical id may not hold.
std::string Loops::filled(std::string text) const {
  for (const auto& [identifier, value] : bound_) {
    std::string plain;
    std::ranges::copy_if(value, std::back_inserter(plain), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    text = replace_all(std::move(text), "${" + identifier + "}", value);
    text = replace_all(std::move(text), "&{" + identifier + "}", plain);
  }
  return text;
}

Json Loops::copy(const Json& value, const std::string& from, const std::string& to) {
  if (auto place = from_.text.places.find(from); place != from_.text.places.end()) out_.places[to] = place->second;
  if (value.is_string()) return bound_.empty() ? value : Json(filled(std::string(value.as_string())));
  if (value.is_array()) {
    Json list = Json::array();
    size_t index = 0;
    for (const Json& item : value.items()) {
      list.push_back(copy(item, fmt::format("{}/{}", from, index), fmt::format("{}/{}", to, index)));
      ++index;
    }
    return list;
  }
  if (!value.is_object()) return value;
  if (std::string_view name = value.size() == 1 ? value.text("Ref") : std::string_view(); !name.empty()) {
    for (const auto& [identifier, bound] : bound_) {
      if (identifier == name) return Json(bound);
    }
  }
  return copy_members(value, from, to);
}

Json Loops::copy_members(const Json& object, const std::string& from, const std::string& to) {
  Json made = Json::object();
  for (const JsonMember& member : object.members()) {
    std::string path = from + "/" + member.key;
    if (is_loop(member.key)) {
      repeat(member, path, to, made);
      continue;
    }
    std::string key = filled(member.key);
    if (made.find(key)) fail(path, fmt::format("Duplicate key: {}", key));
    made.set(key, copy(member.value, path, to + "/" + key));
  }
  return made;
}

std::vector<Json> Loops::collection(const JsonMember& loop, const std::string& from) {
  Json wanted = copy(loop.value[size_t{1}], from + "/1", from + "/1");
  Outcome<std::optional<Json>> list = evaluator_.value(wanted);
  if (!list) {
    if (!drops_open_) fail(from, fmt::format("{}: {}", loop.key, list.error().message));
    return {};
  }
  if (!*list || !(*list)->is_array()) {
    fail(from, fmt::format("{}: the collection must be a list of strings", loop.key));
    return {};
  }
  return {(*list)->items().begin(), (*list)->items().end()};
}

void Loops::repeat(const JsonMember& loop, const std::string& from, const std::string& to, Json& into) {
  const Json& parts = loop.value;
  std::string identifier(parts.size() == 3 && parts[size_t{0}].is_string() ? parts[size_t{0}].as_string() : "");
  if (identifier.empty() || !parts[size_t{2}].is_object()) {
    return fail(from,
                fmt::format("{} takes a list of three: an identifier, a collection, and what is repeated", loop.key));
  }
  bool taken = from_.section("Parameters").find(identifier) || from_.section("Resources").find(identifier) ||
               std::ranges::find(bound_, identifier, &std::pair<std::string, std::string>::first) != bound_.end();
  if (taken)
    return fail(from, fmt::format("{}: the identifier {} is the name of something else", loop.key, identifier));
  for (const Json& item : collection(loop, from)) {
    std::string text;
    if (!scalar_text(item, text)) return fail(from, fmt::format("{}: the collection must hold strings", loop.key));
    if (++rounds_ > rounds_max) return fail(from, fmt::format("{}: the template's loops repeat too often", loop.key));
    bound_.emplace_back(identifier, text);
    Json made = copy_members(parts[size_t{2}], from + "/2", to);
    bound_.pop_back();
    for (const JsonMember& member : made.members()) {
      if (into.find(member.key)) {
        return fail(
            from, fmt::format("{}: the key {} is made twice: name it after ${{{}}}", loop.key, member.key, identifier));
      }
      into.set(member.key, member.value);
    }
  }
}

bool holds_loop(const Json& value) {
  if (value.is_array()) return std::ranges::any_of(value.items(), holds_loop);
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.members(),
                             [](const JsonMember& member) { return is_loop(member.key) || holds_loop(member.value); });
}

}  // namespace

bool is_loop(std::string_view key) {
  return key.starts_with("Fn::ForEach::");
}

bool has_loops(const TemplateText& text) {
  return holds_loop(text.value["Conditions"]) || holds_loop(text.value["Resources"]) ||
         holds_loop(text.value["Outputs"]);
}

Outcome<TemplateText> write_out_loops(const TemplateText& text, const ParameterValues* values) {
  Template from{{}, text};
  ParameterValues defaults;
  const Json& declared = from.section("Parameters");
  for (const JsonMember& one : declared.is_object() ? declared.members() : std::span<const JsonMember>()) {
    std::string value;
    if (scalar_text(one.value["Default"], value)) defaults[one.key] = value;
  }
  return Loops(from, values ? *values : defaults, values == nullptr).run();
}

}  // namespace penstock::stack
