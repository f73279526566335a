#include "core/event/transformer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"

namespace penstock::event {

namespace {

constexpr size_t variables_max = 100;  // InputPathsMap, API reference
constexpr std::array<std::string_view, 5> reserved_names = {"aws.events.rule-arn", "aws.events.rule-name",
                                                            "aws.events.event.ingestion-time", "aws.events.event",
                                                            "aws.events.event.json"};

Error invalid(std::string message) {
  return {"ValidationException", std::move(message)};
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

// Valid when it is one JSON text, or when each of its lines is one.
bool is_json(std::string_view text) {
  if (parse_json(text)) return true;
  std::vector<std::string_view> lines = split(text, '\n');
  return std::ranges::all_of(lines, [](std::string_view line) { return trim(line).empty() || parse_json(line).ok(); });
}

}  // namespace

// ---- paths

Outcome<EventPath> EventPath::parse(std::string_view text) {
  Error error = invalid("Invalid JSONPath: '" + std::string(text) + "'");
  if (!text.starts_with('$')) return error;
  EventPath path;
  for (size_t at = 1; at < text.size();) {
    Step step;
    if (text[at] == '.') {
      size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      step.name = text.substr(at + 1, end - at - 1);
      if (step.name.empty()) return error;
      step.all = step.name == "*";
      at = end;
    } else if (text[at] == '[') {
      size_t end = text.find(']', at);
      if (end == std::string_view::npos) return error;
      std::string_view inside = text.substr(at + 1, end - at - 1);
      bool quoted =
          inside.size() > 2 && (inside.front() == '\'' || inside.front() == '"') && inside.back() == inside.front();
      size_t index = 0;
      auto [stop, failure] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
      if (quoted) {
        step.name = inside.substr(1, inside.size() - 2);
      } else if (inside == "*") {
        step.all = true;
      } else if (failure == std::errc{} && stop == inside.data() + inside.size()) {
        step.index = index;
      } else {
        return error;
      }
      at = end + 1;
    } else {
      return error;
    }
    path.many_ = path.many_ || step.all;
    path.steps_.push_back(std::move(step));
  }
  return path;
}

void EventPath::collect(const Json& value, const Step* step, const Step* end, std::vector<Json>& found) {
  if (step == end) return found.push_back(value);
  if (step->all && value.is_array()) {
    for (const Json& item : value.items()) collect(item, step + 1, end, found);
  } else if (step->all && value.is_object()) {
    for (const JsonMember& member : value.members()) collect(member.value, step + 1, end, found);
  } else if (step->index) {
    if (value.is_array() && *step->index < value.size()) collect(value[*step->index], step + 1, end, found);
  } else if (const Json* member = value.find(step->name)) {
    collect(*member, step + 1, end, found);
  }
}

std::optional<Json> EventPath::find(const Json& event) const {
  std::vector<Json> found;
  collect(event, steps_.data(), steps_.data() + steps_.size(), found);
  if (many_) return Json(std::move(found));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

// ---- templates

Outcome<Transformer> Transformer::parse(const Paths& paths, std::string_view text) {
  Transformer transformer;
  if (paths.size() > variables_max) return invalid("InputPathsMap has more than 100 variables");
  for (const auto& [name, path] : paths) {
    if (!is_name(name) || name.starts_with("AWS") || name.starts_with("aws.")) {
      return invalid("Invalid variable name in InputPathsMap: '" + name + "'");
    }
    Outcome<EventPath> parsed = EventPath::parse(path);
    if (!parsed) return parsed.error();
    transformer.paths_.emplace_back(name, std::move(*parsed));
  }
  Part part;
  bool quoted = false;
  std::string sample;
  for (size_t at = 0; at < text.size(); ++at) {
    size_t end = text[at] == '<' ? text.find('>', at) : std::string_view::npos;
    std::string_view name = end == std::string_view::npos ? std::string_view() : text.substr(at + 1, end - at - 1);
    if (!is_name(name)) {
      bool escaped = quoted && text[at] == '\\' && at + 1 < text.size();
      if (text[at] == '"') quoted = !quoted;
      for (size_t i = 0; i < (escaped ? 2u : 1u); ++i) {
        part.literal += text[at + i];
        sample += text[at + i];
      }
      at += escaped ? 1 : 0;
      continue;
    }
    bool known = std::ranges::find(reserved_names, name) != reserved_names.end() ||
                 std::ranges::any_of(paths, [&](const auto& entry) { return entry.first == name; });
    if (!known) return invalid("InputTemplate contains invalid placeholder " + std::string(name) + ".");
    part.name = name;
    part.quoted = quoted;
    transformer.parts_.push_back(std::move(part));
    part = {};
    sample += quoted ? "x" : "\"x\"";
    at = end;
  }
  if (!is_json(sample)) return invalid("Invalid InputTemplate: it is not JSON once its variables are filled in");
  transformer.parts_.push_back(std::move(part));
  return transformer;
}

Json Transformer::value_of(std::string_view name, const Json& event, const Source& source) const {
  if (name == "aws.events.rule-arn") return source.rule_arn;
  if (name == "aws.events.rule-name") return source.rule_name;
  if (name == "aws.events.event.ingestion-time") return source.ingestion_time;
  if (name == "aws.events.event.json") return event;
  if (name == "aws.events.event") {  // "the original event payload, without the detail field"
    Json shown = event;
    shown.erase("detail");
    return shown;
  }
  auto found = std::ranges::find_if(paths_, [&](const auto& entry) { return entry.first == name; });
  return found == paths_.end() ? Json("") : found->second.find(event).value_or(Json(""));
}

std::string Transformer::apply(const Json& event, const Source& source) const {
  std::string text;
  for (const Part& part : parts_) {
    text += part.literal;
    if (part.name.empty()) continue;
    Json value = value_of(part.name, event, source);
    if (!part.quoted) {
      append_json(text, value);
      continue;
    }
    std::string inside;
    append_json_string(inside, value.is_string() ? std::string(value.as_string()) : to_string(value));
    text.append(inside, 1, inside.size() - 2);
  }
  return text;
}

}  // namespace penstock::event
