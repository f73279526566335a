#include "base/assert.h"
#include "core/stack/evaluator.h"
#include "targets.h"

namespace penstock::fuzz {

using namespace stack;

namespace {

void evaluate(const Template& from) {
  const auto parameters = resolve_parameters(from, {}, {});
  if (!parameters) return;
  Surroundings surroundings;
  surroundings.resource = [](const std::string& id, const std::string& attribute) -> Outcome<Json> {
    return Json(id + "." + attribute);
  };
  surroundings.imported = [](const std::string& name) -> Outcome<Json> { return Json(name); };
  Evaluator evaluator(from, *parameters, {"123456789012", "us-east-1", "arn:stack", "s"}, std::move(surroundings));
  (void)evaluator.check_rules();
  for (const std::string_view section : {"Resources", "Outputs"}) {
    if (from.section(section).is_null()) continue;
    for (const JsonMember& member : from.section(section).members()) {
      (void)evaluator.wanted(member.value);
      (void)evaluator.value(member.value);
    }
  }
}

}  // namespace

// A template is read or refused with a reason; one that is right is evaluated.
void cloudformation(std::string_view bytes) {
  const auto text = read_template_text(bytes);
  if (!text) PENSTOCK_ASSERT(!text.error().message.empty());
  const auto from = parse_template(std::string(bytes));
  if (!from) return;
  PENSTOCK_ASSERT(text.ok());
  evaluate(*from);
}

}  // namespace penstock::fuzz
