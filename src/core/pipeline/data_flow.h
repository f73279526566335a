// DataFlow: how data goes through a state in JSONPath mode:
//   raw input -> InputPath -> Parameters -> (the state's work) -> ResultSelector -> ResultPath -> OutputPath -> output
// Each step is a function here; which a state type has, and what `$` means in Assign, is the interpreter's matter.
// Errors carry the error name as code ("States.Runtime") and AWS's cause without the sentence "An error occurred while
// executing the state ...", which the interpreter puts before it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"
#include "core/pipeline/path.h"
#include "core/pipeline/reference_path.h"
#include "core/pipeline/scope.h"
#include "core/pipeline/template.h"

namespace penstock::pipeline {

// InputPath or OutputPath: "$" when the field is absent; a JSON null in the definition gives {}.
class FilterPath {
 public:
  FilterPath() = default;  // absent: the whole
  // `value`: the field of the definition, or nullptr when absent.
  static FilterPath compile(const Json* value, std::string_view field, std::vector<Problem>& problems);
  Outcome<Json> apply(const Scope& scope) const;
  const Path* path() const { return path_ ? &*path_ : nullptr; }

 private:
  bool discard_ = false;
  std::optional<Path> path_;
};

// ResultPath: "$" when absent (the result replaces the input), null drops the result.
class ResultPath {
 public:
  ResultPath() = default;
  static ResultPath compile(const Json* value, std::vector<Problem>& problems);
  // `raw_input` with `result` in its place.
  Outcome<Json> apply(const Json& raw_input, Json result) const;
  bool discards_result() const { return discard_; }

 private:
  bool discard_ = false;
  std::optional<ReferencePath> path_;
};

// The data-flow fields of one state (or of a Catch: only ResultPath and Assign are set then).
struct DataFlow {
  FilterPath input_path;
  std::optional<Template>
      parameters;  // of Pass, Task, Parallel, Map (its old name there for ItemSelector is not read here)
  std::optional<Template> result_selector;  // of Task, Parallel, Map
  ResultPath result_path;
  FilterPath output_path;
  std::optional<Template> assign;
  // JSONata mode has only these three, Arguments being `parameters`:
  //   raw input -> Arguments -> (the state's work) -> Output -> output
  bool jsonata = false;
  std::optional<Template> output_query;

  // Reads the fields present in `state`; problems are located relative to the state ("/InputPath").
  static DataFlow compile(const Json& state, std::vector<Problem>& problems, bool jsonata = false);
  std::vector<const Path*> paths() const;

  // scope.input is the raw input. InputPath, then Parameters.
  Outcome<Json> effective_input(const Scope& scope) const;
  // ResultSelector over `result`; the result itself when there is none.
  Outcome<Json> select_result(Json result, const Scope& scope) const;
  // ResultPath into `raw_input`, then OutputPath. In JSONata mode, the result: Output is the interpreter's matter.
  Outcome<Json> output(const Json& raw_input, Json result, const Scope& scope) const;
  // The variables Assign sets, an object; `scope.input` is what `$` means there. Empty object without Assign.
  Outcome<Json> assigned(const Scope& scope) const;
};

// Map: the array, or with `objects` the object, at ItemsPath ("$" when `path` is nullptr). Errors as AWS:
// States.ReferencePathConflict when a step does not apply, States.Runtime "Reference path \"$\" must point to array."
// when it is something else.
Outcome<Json> items_at(const Path* path, const Scope& scope, bool objects = false);

// A whole number at SecondsPath, TimeoutSecondsPath or HeartbeatSecondsPath is left to the caller: this only finds the
// value, with the error "Invalid path '$.x' : No results for path: $['x']".
Outcome<Json> value_at(const Path& path, const Scope& scope);

}  // namespace penstock::pipeline
