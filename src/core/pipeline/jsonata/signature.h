// Signature: the types of a function's arguments ("<s-nn?:s>"), checked and completed at each call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pipeline/jsonata/small_vector.h"
#include "core/pipeline/jsonata/value.h"

namespace penstock::jsonata {

using Values = SmallVector<Value, 6>;

class Signature {
 public:
  // Throws Failure S0401 or S0402 whose position is the offset in `text`.
  static Signature parse(std::string_view text);

  // The arguments as the function takes them: a missing one taken from the context, a single value made an array.
  // Throws Failure T0410, T0411 or T0412.
  void apply(Arena& arena, Values& arguments, Value context) const;

 private:
  using Types = SmallVector<uint32_t, 6>;
  using Counts = SmallVector<size_t, 6>;
  struct Parameter {
    uint32_t types = 0;  // bit set
    char type = 0;       // as written; '(' for a choice
    bool optional = false;
    bool repeated = false;
    bool context = false;
    bool has_subtype = false;
    std::string subtype = {};
  };
  void parse_symbol(std::string_view text, size_t& at);
  bool match(const Types& given, size_t parameters, bool whole, Counts& taken) const;
  bool match_from(const Types& given, size_t parameter, size_t at, size_t parameters, bool whole, Counts& taken) const;
  [[noreturn]] void fail(const Values& arguments, const Types& given) const;
  Value fit_array(Arena& arena, const Parameter& parameter, Value argument, uint32_t given, size_t taken,
                  size_t number) const;

  std::vector<Parameter> parameters_;
};

}  // namespace penstock::jsonata
