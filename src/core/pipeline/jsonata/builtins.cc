#include <algorithm>
#include <vector>

#include "core/pipeline/jsonata/builtin.h"

namespace penstock::jsonata {
namespace {

std::vector<KnownBuiltin> read_builtins() {
  std::vector<KnownBuiltin> all;
  for (const auto list :
       {text_builtins(), matching_builtins(), encoding_builtins(), number_builtins(), array_builtins(),
        object_builtins(), higher_order_builtins(), time_builtins(), step_functions_builtins()}) {
    for (const Builtin& builtin : list) {
      all.push_back({builtin, Signature::parse(builtin.signature), !builtin.signature.empty()});
    }
  }
  std::ranges::stable_sort(all, {}, [](const KnownBuiltin& known) { return known.builtin.name; });
  return all;
}

}  // namespace

const KnownBuiltin* find_builtin(std::string_view name, Dialect dialect) {
  static const std::vector<KnownBuiltin> all = read_builtins();  // a constant, made at first use
  const auto wanted = dialect == Dialect::standard ? Builtin::Where::standard : Builtin::Where::step_functions;
  const auto name_of = [](const KnownBuiltin& known) { return known.builtin.name; };
  for (auto known = std::ranges::lower_bound(all, name, {}, name_of); known != all.end(); ++known) {
    if (known->builtin.name != name) break;
    if (known->builtin.where == Builtin::Where::everywhere || known->builtin.where == wanted) return &*known;
  }
  return nullptr;
}

}  // namespace penstock::jsonata
