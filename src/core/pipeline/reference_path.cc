#include "core/pipeline/reference_path.h"

#include "core/pipeline/path_token.h"

namespace penstock::pipeline {
namespace {

Error cannot_apply(const std::string& step, const Json& document) {
  return Error{"States.ReferencePathConflict", "Unable to apply step \"" + step + "\" to input " + to_string(document)};
}

}  // namespace

Outcome<ReferencePath> ReferencePath::compile(std::string_view text) {
  Cursor cursor{text};
  if (!cursor.take('$')) return cursor.error("a reference path begins with '$'");
  auto tokens = parse_tokens(cursor, false);
  if (!tokens) return tokens.error();
  std::vector<Step> steps;
  for (const Token& token : *tokens) {
    const auto* index = std::get_if<token::Index>(&token);
    if (const auto* property = std::get_if<token::Property>(&token)) {
      steps.emplace_back(property->name);
    } else if (index && index->index >= 0) {
      steps.emplace_back(static_cast<size_t>(index->index));
    } else {
      return Error{"InvalidPath", "Invalid path '" + std::string(text) +
                                      "': a reference path names one place, by names and indices only"};
    }
  }
  return ReferencePath(std::string(text), std::move(steps));
}

Outcome<Json> ReferencePath::write(Json document, Json value) const {
  const Json whole = document;  // for the error; shares
  auto written = write_step(document, 0, std::move(value), whole);
  if (!written) return written.error();
  return document;
}

Outcome<void> ReferencePath::write_step(Json& place, size_t step, Json&& value, const Json& document) const {
  if (step == steps_.size()) {
    place = std::move(value);
    return {};
  }
  if (const auto* name = std::get_if<std::string>(&steps_[step])) {
    if (!place.is_object()) return cannot_apply(*name, document);
    const bool absent = place.find(*name) == nullptr;
    Json& member = place.mutable_at(*name);
    if (absent && step + 1 < steps_.size()) member = Json::object();
    return write_step(member, step + 1, std::move(value), document);
  }
  const size_t index = std::get<size_t>(steps_[step]);
  if (!place.is_array() || index >= place.size()) return cannot_apply(std::to_string(index), document);
  return write_step(place.mutable_at(index), step + 1, std::move(value), document);
}

}  // namespace penstock::pipeline
