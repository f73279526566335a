#include "core/pipeline/data_flow.h"

#include <algorithm>

#include "core/pipeline/flow_trace.h"

namespace penstock::pipeline {
namespace {

Error conflict(std::string_view step, const Json& document) {
  return Error{"States.ReferencePathConflict",
               "Unable to apply step \"" + std::string(step) + "\" to input " + to_string(document)};
}

// The last step of a path, as its author wrote it.
std::string_view last_step(std::string_view path) {
  const size_t begin = path.find_last_of(".[");
  if (begin == std::string_view::npos) return path;
  const std::string_view step = path.substr(begin + 1);
  const size_t first = step.find_first_not_of("'\"");
  const size_t end = step.find_last_not_of("]'\"");
  return first == std::string_view::npos || end == std::string_view::npos ? step : step.substr(first, end - first + 1);
}

std::optional<Template> compile_template(const Json& state, std::string_view field, std::vector<Problem>& problems,
                                         bool jsonata = false) {
  const Json* source = state.find(field);
  if (!source) return std::nullopt;
  if (jsonata) return Template::compile_query(*source, field, problems);
  std::vector<Problem> found;
  Template compiled = Template::compile(*source, found);
  for (Problem& problem : found)
    problems.push_back({std::move(problem.message), "/" + std::string(field) + problem.location});
  return compiled;
}

}  // namespace

FilterPath FilterPath::compile(const Json* value, std::string_view field, std::vector<Problem>& problems) {
  FilterPath filter;
  if (!value) return filter;
  if (value->is_null()) {
    filter.discard_ = true;
    return filter;
  }
  const std::string location = "/" + std::string(field);
  if (!value->is_string()) {
    problems.push_back({"Expected value of type String", location});
    return filter;
  }
  auto path = Path::compile(value->as_string());
  if (!path) {
    problems.push_back({"Value is not a valid JSONPath: " + path.error().message, location});
  } else if (!path->is_root() || path->root() != Path::Root::input) {
    filter.path_ = std::move(*path);
  }
  return filter;
}

Outcome<Json> FilterPath::apply(const Scope& scope) const {
  if (discard_) return Json::object();
  if (!path_) return scope.input;
  return value_at(*path_, scope);
}

ResultPath ResultPath::compile(const Json* value, std::vector<Problem>& problems) {
  ResultPath result;
  if (!value) return result;
  if (value->is_null()) {
    result.discard_ = true;
    return result;
  }
  if (!value->is_string()) {
    problems.push_back({"Expected value of type String", "/ResultPath"});
    return result;
  }
  auto path = ReferencePath::compile(value->as_string());
  if (!path) {
    problems.push_back({"Value is not a Reference Path: " + path.error().message, "/ResultPath"});
  } else if (!path->is_root()) {
    result.path_ = std::move(*path);
  }
  return result;
}

Outcome<Json> ResultPath::apply(const Json& raw_input, Json result) const {
  if (discard_) return raw_input;
  if (!path_) return result;
  return path_->write(raw_input, std::move(result));
}

DataFlow DataFlow::compile(const Json& state, std::vector<Problem>& problems, bool jsonata) {
  DataFlow flow;
  flow.jsonata = jsonata;
  if (jsonata) {
    flow.parameters = compile_template(state, "Arguments", problems, true);
    flow.output_query = compile_template(state, "Output", problems, true);
    flow.assign = compile_template(state, "Assign", problems, true);
    return flow;
  }
  flow.input_path = FilterPath::compile(state.find("InputPath"), "InputPath", problems);
  flow.parameters = compile_template(state, "Parameters", problems);
  flow.result_selector = compile_template(state, "ResultSelector", problems);
  flow.result_path = ResultPath::compile(state.find("ResultPath"), problems);
  flow.output_path = FilterPath::compile(state.find("OutputPath"), "OutputPath", problems);
  flow.assign = compile_template(state, "Assign", problems);
  return flow;
}

std::vector<const Path*> DataFlow::paths() const {
  std::vector<const Path*> paths;
  for (const FilterPath* filter : {&input_path, &output_path}) {
    if (filter->path()) paths.push_back(filter->path());
  }
  for (const std::optional<Template>* part : {&parameters, &result_selector, &assign}) {
    if (!*part) continue;
    const auto found = (*part)->paths();
    paths.insert(paths.end(), found.begin(), found.end());
  }
  return paths;
}

Outcome<Json> DataFlow::effective_input(const Scope& scope) const {
  auto input = input_path.apply(scope);
  if (!input) return input;
  if (scope.trace && !jsonata) scope.trace->after_input_path = *input;
  if (parameters) input = parameters->evaluate(scope.with_input(*input));
  if (!input || !scope.trace) return input;
  if (!jsonata) scope.trace->after_parameters = *input;
  if (jsonata && parameters) scope.trace->after_arguments = *input;
  return input;
}

Outcome<Json> DataFlow::select_result(Json result, const Scope& scope) const {
  Outcome<Json> selected = result_selector ? result_selector->evaluate(scope.with_input(result)) : std::move(result);
  if (selected && scope.trace) scope.trace->after_result_selector = *selected;
  return selected;
}

Outcome<Json> DataFlow::output(const Json& raw_input, Json result, const Scope& scope) const {
  auto combined = result_path.apply(raw_input, std::move(result));
  if (!combined) return combined;
  if (scope.trace) scope.trace->after_result_path = *combined;
  return output_path.apply(scope.with_input(*combined));
}

Outcome<Json> DataFlow::assigned(const Scope& scope) const {
  return assign ? assign->evaluate(scope) : Json::object();
}

Outcome<Json> items_at(const Path* path, const Scope& scope, bool objects) {
  auto items = path ? path->evaluate(scope) : Outcome<Json>(scope.input);
  if (!items) {
    const Json* document = path->document(scope);
    return conflict(last_step(path->text()), document ? *document : scope.variables);
  }
  if (items->is_array() || (objects && items->is_object())) return items;
  return Error{"States.Runtime", "Reference path \"" + (path ? path->shown_text() : "$") + "\" must point to array."};
}

Outcome<Json> value_at(const Path& path, const Scope& scope) {
  if (path.is_reference()) {
    if (const Json* value = path.find(scope)) return *value;
  }
  if (path.root() == Path::Root::input && scope.input.is_null() && path.is_definite()) {
    return Error{"States.Runtime", "Unable to apply Path transformation to null or empty input."};
  }
  auto value = path.evaluate(scope);
  if (!value) return invalid_path(path, value.error());
  return value;
}

}  // namespace penstock::pipeline
