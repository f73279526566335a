#include "core/pipeline/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace penstock::pipeline {
namespace {

bool is_path(std::string_view text) {
  return text == "$" || text.starts_with("$.") || text.starts_with("$[") || text.starts_with("$$.");
}

bool is_intrinsic_call(std::string_view text) {
  return text.starts_with("States.") && text.find('(') != std::string_view::npos && text.ends_with(')');
}

bool holds_path(const Json& value) {
  if (value.is_string()) return is_path(value.as_string());
  if (value.is_array()) return std::ranges::any_of(value.items(), holds_path);
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.members(), [](const JsonMember& member) { return holds_path(member.value); });
}

// The definition is walked to the depth that the compiler accepts.
class Adviser {
 public:
  std::vector<Diagnostic> found;

  void read_workflow(const Json& workflow, const std::string& place) {
    const Json& states = workflow["States"];
    if (!states.is_object()) return;
    for (const JsonMember& state : states.members()) {
      if (state.value.is_object()) read_state(state.value, fmt::format("{}/States/{}", place, state.key));
    }
  }

  bool jsonata = false;  // the machine's QueryLanguage

 private:
  void warn(std::string_view code, std::string message, std::string location) {
    found.push_back({Diagnostic::Severity::warning, std::string(code), std::move(message), std::move(location)});
  }

  void read_state(const Json& state, const std::string& place) {
    std::string_view language = state.text("QueryLanguage", jsonata ? "JSONata" : "JSONPath");
    if (language == "JSONPath") read_fields(state, place);
    for (size_t i = 0; state["Branches"].is_array() && i < state["Branches"].size(); ++i) {
      read_workflow(state["Branches"][i], fmt::format("{}/Branches[{}]", place, i));
    }
    for (std::string_view field : {"ItemProcessor", "Iterator"}) {
      read_workflow(state[field], fmt::format("{}/{}", place, field));
    }
  }

  void read_fields(const Json& state, const std::string& place) {
    const std::string_view type = state.text("Type");
    for (std::string_view field : {"Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"}) {
      read_template(state[field], fmt::format("{}/{}", place, field));
    }
    read_template(state["ItemReader"]["Parameters"], place + "/ItemReader/Parameters");
    read_template(state["ItemBatcher"]["BatchInput"], place + "/ItemBatcher/BatchInput");
    read_template(state["ResultWriter"]["Parameters"], place + "/ResultWriter/Parameters");
    if (type == "Fail") {
      for (std::string_view field : {"Error", "Cause"}) read_text(state, field, place);
    }
    if (type == "Pass" && holds_path(state["Result"])) {
      warn("PASS_RESULT_IS_STATIC", "Nothing is replaced in Result: a path there stays as it is. Use Parameters",
           place + "/Result");
    }
    const Json& choices = state["Choices"];
    for (size_t i = 0; choices.is_array() && i < choices.size(); ++i) {
      read_rule(choices[i], fmt::format("{}/Choices[{}]", place, i));
    }
  }

  void read_template(const Json& source, const std::string& place) {
    for (size_t i = 0; source.is_array() && i < source.size(); ++i) {
      read_template(source[i], fmt::format("{}[{}]", place, i));
    }
    if (!source.is_object()) return;
    for (const JsonMember& member : source.members()) {
      const std::string here = fmt::format("{}/{}", place, member.key);
      read_template(member.value, here);
      if (!member.value.is_string() || member.key.ends_with(".$")) continue;
      const std::string_view text = member.value.as_string();
      if (!is_path(text) && !is_intrinsic_call(text)) continue;
      warn("NO_DOLLAR",
           fmt::format("The value looks like a JSONPath or an intrinsic function: to have it evaluated, call the field "
                       "'{}.$'",
                       member.key),
           here);
    }
  }

  // A comparison, or And, Or and Not of some.
  void read_rule(const Json& rule, const std::string& place) {
    if (!rule.is_object()) return;
    for (const JsonMember& member : rule.members()) {
      const std::string here = fmt::format("{}/{}", place, member.key);
      for (size_t i = 0; member.value.is_array() && i < member.value.size(); ++i) {
        read_rule(member.value[i], fmt::format("{}[{}]", here, i));
      }
      read_rule(member.value, here);
      const bool compares = member.key.starts_with("String") || member.key.starts_with("Timestamp");
      if (compares && !member.key.ends_with("Path") && member.key != "StringMatches") {
        read_text(rule, member.key, place);
      }
    }
  }

  void read_text(const Json& source, std::string_view field, const std::string& place) {
    const Json& value = source[field];
    if (!value.is_string() || !is_path(value.as_string())) return;
    warn("NO_PATH", fmt::format("The value looks like a path: to have it evaluated, use the field '{}Path'", field),
         fmt::format("{}/{}", place, field));
  }
};

}  // namespace

std::vector<Diagnostic> advice(const Json& definition) {
  Adviser adviser;
  adviser.jsonata = definition.text("QueryLanguage") == "JSONata";
  adviser.read_workflow(definition, "");
  return std::move(adviser.found);
}

}  // namespace penstock::pipeline
