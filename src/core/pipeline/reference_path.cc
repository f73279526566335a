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
  if (!cursor.take('$')) return Error{"InvalidPath", "Reference path didn't start with '$'"};
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
  if (const auto step = refused_step(document)) return cannot_apply(*step, document);
  Json* place = &document;
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (const auto* index = std::get_if<size_t>(&steps_[i])) {
      place = &place->mutable_at(*index);
      continue;
    }
    const std::string& name = std::get<std::string>(steps_[i]);
    const bool absent = place->find(name) == nullptr;
    place = &place->mutable_at(name);
    if (absent && i + 1 < steps_.size()) *place = Json::object();
  }
  *place = std::move(value);
  return document;
}

// The first step that cannot be made. Below an absent member everything is made, but for indices.
std::optional<std::string> ReferencePath::refused_step(const Json& document) const {
  const Json empty = Json::object();
  const Json* place = &document;
  for (const Step& step : steps_) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (!place->is_object()) return *name;
      const Json* member = place->find(*name);
      place = member ? member : &empty;
    } else {
      const size_t index = std::get<size_t>(step);
      if (!place->is_array() || index >= place->size()) return std::to_string(index);
      place = &place->items()[index];
    }
  }
  return std::nullopt;
}

}  // namespace penstock::pipeline
