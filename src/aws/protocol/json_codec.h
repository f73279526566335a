// JSON <-> generated structs, by walking the tables. Used by awsJson and REST-JSON bodies, and by Step Functions
// integrations, whose documents differ in names and times.
#pragma once

#include <string>

#include "aws/protocol/shape.h"
#include "aws/protocol/validation.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::aws {

struct JsonStyle {
  enum class Names : uint8_t {
    wire,    // as in a JSON body: locationName or the model's name, without members that travel elsewhere
    model,   // as the model spells them; all members, blobs as text
    pascal,  // the same with the first letter in upper case, as Step Functions writes all services
  };
  enum class Times : uint8_t {
    unix_seconds,       // 1732443300.123
    unix_milliseconds,  // 1732443300123
    iso8601,            // "2026-11-24T10:15:00.123Z"
  };
  Names names = Names::wire;
  Times times = Times::unix_seconds;
  bool refuse_unknown = false;  // members the model lacks: refused, as Step Functions does, instead of ignored

  static constexpr JsonStyle wire() { return {}; }
  // Parameters and results of Step Functions tasks.
  static constexpr JsonStyle states() { return {Names::pascal, Times::iso8601, true}; }
};

// The member of a structure that `key` names, or nullptr: for checks of parameters before there is a call.
const Member* find_member(const Shape& structure, std::string_view key, JsonStyle::Names names);

// The struct (or list, map, scalar) at `value` as JSON. Absent members are left out.
Json to_json(const Shape& shape, const void* value, JsonStyle style = {});
template <class T>
Json to_json(const T& value, JsonStyle style = {}) {
  return to_json(T::table, &value, style);
}

// Fills the value at `value`, which is new. A JSON value of the wrong kind is a SerializationException in AWS's words
// (States.Runtime in the states style); violated constraints are added to `validation`. A null member counts as absent.
Outcome<void> from_json(const Shape& shape, const Json& json, void* value, Validation& validation,
                        JsonStyle style = {});

}  // namespace penstock::aws
