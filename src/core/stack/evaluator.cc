#include "core/stack/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "core/stack/functions.h"

namespace penstock::stack {

namespace {

bool is_unknown(const Json& value) {
  return value.is_string() && value.as_string().find(known_after_apply) != std::string_view::npos;
}

Json unknown() {
  return Json(known_after_apply);
}

std::optional<int64_t> as_index(const std::string& text) {
  int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Evaluator::Evaluator(const Template& from, const ParameterValues& parameters, Place place, Surroundings surroundings)
    : template_(from), parameters_(parameters), place_(std::move(place)), surroundings_(std::move(surroundings)) {}

Evaluator::Value Evaluator::fail(Error error) {
  if (!error_) error_ = std::move(error);
  return std::nullopt;
}

Outcome<bool> Evaluator::condition(const std::string& name) {
  error_.reset();
  bool result = named_condition(name);
  if (error_) return *error_;
  return result;
}

Outcome<bool> Evaluator::wanted(const Json& declaration) {
  const Json* name = declaration.find("Condition");
  if (!name || !name->is_string()) return true;
  return condition(std::string(name->as_string()));
}

Outcome<std::optional<Json>> Evaluator::value(const Json& expression) {
  error_.reset();
  Value result = evaluate(expression);
  if (error_) return *error_;
  return result;
}

Evaluator::Value Evaluator::evaluate(const Json& expression) {
  if (error_) return std::nullopt;
  if (is_call(expression)) return call(expression.members()[0].key, expression.members()[0].value);
  if (expression.is_array()) {
    Json list = Json::array();
    for (const Json& item : expression.items()) {
      if (Value made = evaluate(item)) list.push_back(std::move(*made));
    }
    return list;
  }
  if (expression.is_object()) {
    std::vector<JsonMember> members;
    for (const JsonMember& member : expression.members()) {
      if (Value made = evaluate(member.value)) members.push_back({member.key, std::move(*made)});
    }
    return Json::object(std::move(members));
  }
  return expression;
}

Evaluator::Value Evaluator::call(const std::string& name, const Json& argument) {
  using Function = Value (Evaluator::*)(const Json&);
  static constexpr std::array<std::pair<std::string_view, Function>, 13> functions = {{
      {"Fn::GetAtt", &Evaluator::attribute},
      {"Fn::Sub", &Evaluator::substitute},
      {"Fn::Join", &Evaluator::join},
      {"Fn::Select", &Evaluator::select},
      {"Fn::Split", &Evaluator::split_text},
      {"Fn::FindInMap", &Evaluator::find_in_map},
      {"Fn::If", &Evaluator::choose},
      {"Fn::Cidr", &Evaluator::cidr},
      {"Fn::ImportValue", &Evaluator::import},
      {"Fn::GetAZs", &Evaluator::zones},
      {"Fn::Length", &Evaluator::length},
      {"Fn::Base64", &Evaluator::base64},
      {"Fn::ToJsonString", &Evaluator::json_text},
  }};
  if (Outcome<void> formed = check_call(name, argument); !formed) return fail(formed.error());
  if (name == "Ref") return reference(argument.is_string() ? std::string(argument.as_string()) : std::string());
  for (const auto& [known, function] : functions) {
    if (known == name) return (this->*function)(argument);
  }
  if (name == "Fn::And" || name == "Fn::Or" || name == "Fn::Not" || name == "Fn::Equals") {
    return Json(truth(Json::object({{name, argument}})));
  }
  return fail(template_error(fmt::format("Unrecognized function {}", name)));
}

std::string Evaluator::text(const Json& expression, std::string_view function) {
  Value made = evaluate(expression);
  std::string result;
  if (error_) return result;
  if (!made || !scalar_text(*made, result)) {
    fail(template_error(
        fmt::format("{} takes strings: {} is not one", function, made ? to_string(*made) : "AWS::NoValue")));
  }
  return result;
}

Evaluator::Value Evaluator::reference(const std::string& name) {
  if (name == "AWS::NoValue") return std::nullopt;
  if (name == "AWS::AccountId") return Json(place_.account);
  if (name == "AWS::Region") return Json(place_.region);
  if (name == "AWS::StackId") return Json(place_.stack_id);
  if (name == "AWS::StackName") return Json(place_.stack_name);
  if (name == "AWS::Partition") return Json("aws");
  if (name == "AWS::URLSuffix") return Json("amazonaws.com");
  if (name == "AWS::NotificationARNs") return Json::array();
  if (auto found = parameters_.find(name); found != parameters_.end()) {
    return parameter_value(template_.section("Parameters")[name], found->second);
  }
  Outcome<Json> made = surroundings_.resource(name, {});
  if (!made) return fail(made.error());
  return std::move(*made);
}

Evaluator::Value Evaluator::attribute(const Json& argument) {
  std::string name;
  std::string wanted_attribute;
  if (argument.is_string()) {
    name = argument.as_string();
    size_t dot = name.find('.');
    if (dot == std::string::npos)
      return fail(template_error(
          "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"));
    wanted_attribute = name.substr(dot + 1);
    name.resize(dot);
  } else {
    name = text(argument[size_t{0}], "Fn::GetAtt");
    wanted_attribute = text(argument[size_t{1}], "Fn::GetAtt");
  }
  if (error_) return std::nullopt;
  Outcome<Json> made = surroundings_.resource(name, wanted_attribute);
  if (!made) return fail(made.error());
  return std::move(*made);
}

Evaluator::Value Evaluator::variable(const std::string& name, const Json& variables) {
  if (const Json* given = variables.find(name)) return evaluate(*given);
  size_t dot = name.find('.');
  if (dot == std::string::npos) return reference(name);
  return attribute(Json(std::vector<Json>{Json(name.substr(0, dot)), Json(name.substr(dot + 1))}));
}

Evaluator::Value Evaluator::substitute(const Json& argument) {
  const Json& pattern = argument.is_array() ? argument[size_t{0}] : argument;
  const Json& variables = argument.is_array() ? argument[size_t{1}] : Json();
  if (!pattern.is_string()) return fail(template_error("the first argument of Fn::Sub must be a string"));
  Outcome<std::vector<SubPiece>> pieces = parse_sub(pattern.as_string());
  if (!pieces) return fail(pieces.error());
  std::string result;
  for (const SubPiece& piece : *pieces) {
    result += piece.literal;
    if (piece.variable.empty()) continue;
    Value made = variable(piece.variable, variables);
    if (error_) return std::nullopt;
    std::string part;
    if (!made || !scalar_text(*made, part)) {
      return fail(
          template_error(fmt::format("the variable {} of Fn::Sub does not resolve to a string", piece.variable)));
    }
    result += part;
  }
  return Json(result);
}

Evaluator::Value Evaluator::join(const Json& argument) {
  Value list = evaluate(argument[size_t{1}]);
  if (error_) return std::nullopt;
  if (list && is_unknown(*list)) return unknown();
  if (!list || !list->is_array())
    return fail(template_error("every Fn::Join object requires a list of strings as its second parameter"));
  std::string result;
  bool first = true;
  for (const Json& item : list->items()) {
    std::string part;
    if (!scalar_text(item, part))
      return fail(template_error(fmt::format("Fn::Join takes strings: {} is not one", to_string(item))));
    if (!first) result += argument[size_t{0}].as_string();
    first = false;
    result += part;
  }
  return Json(result);
}

Evaluator::Value Evaluator::select(const Json& argument) {
  std::string position = text(argument[size_t{0}], "Fn::Select");
  Value list = evaluate(argument[size_t{1}]);
  if (error_) return std::nullopt;
  if (list && is_unknown(*list)) return unknown();
  if (!list || !list->is_array()) {
    return fail(template_error("Fn::Select requires a list argument with two elements: an integer index and a list"));
  }
  std::optional<int64_t> index = as_index(position);
  if (!index || *index < 0 || *index >= static_cast<int64_t>(list->size())) {
    return fail(template_error(fmt::format("Fn::Select cannot select nonexistent value at index {}", position)));
  }
  return (*list)[static_cast<size_t>(*index)];
}

Evaluator::Value Evaluator::split_text(const Json& argument) {
  std::string whole = text(argument[size_t{1}], "Fn::Split");
  if (error_) return std::nullopt;
  if (is_unknown(Json(whole))) return unknown();
  std::string_view delimiter = argument[size_t{0}].as_string();
  Json list = Json::array();
  std::string_view rest = whole;
  for (size_t at = rest.find(delimiter); at != std::string_view::npos; at = rest.find(delimiter)) {
    list.push_back(Json(rest.substr(0, at)));
    rest.remove_prefix(at + delimiter.size());
  }
  list.push_back(Json(rest));
  return list;
}

Evaluator::Value Evaluator::find_in_map(const Json& argument) {
  std::string map = text(argument[size_t{0}], "Fn::FindInMap");
  std::string key = text(argument[size_t{1}], "Fn::FindInMap");
  std::string second = text(argument[size_t{2}], "Fn::FindInMap");
  if (error_) return std::nullopt;
  const Json* found = template_.section("Mappings")[map][key].find(second);
  if (found) return *found;
  // The language extension's {"DefaultValue": ...}.
  if (const Json* otherwise = argument[size_t{3}].find("DefaultValue")) return evaluate(*otherwise);
  return fail(template_error(fmt::format("Unable to get mapping for {}::{}::{}", map, key, second)));
}

Evaluator::Value Evaluator::choose(const Json& argument) {
  bool yes = named_condition(std::string(argument[size_t{0}].as_string()));
  if (error_) return std::nullopt;
  return evaluate(argument[yes ? size_t{1} : size_t{2}]);
}

Evaluator::Value Evaluator::cidr(const Json& argument) {
  std::string block = text(argument[size_t{0}], "Fn::Cidr");
  std::string count = text(argument[size_t{1}], "Fn::Cidr");
  std::string bits = argument.size() > 2 ? text(argument[size_t{2}], "Fn::Cidr") : "8";
  if (error_) return std::nullopt;
  if (is_unknown(Json(block))) return unknown();
  std::optional<int64_t> how_many = as_index(count);
  std::optional<int64_t> host_bits = as_index(bits);
  if (!how_many || !host_bits) return fail(template_error("Fn::Cidr: count and cidrBits must be numbers"));
  Outcome<std::vector<std::string>> blocks = cidr_blocks(block, *how_many, *host_bits);
  if (!blocks) return fail(blocks.error());
  Json list = Json::array();
  for (const std::string& one : *blocks) list.push_back(Json(one));
  return list;
}

Evaluator::Value Evaluator::import(const Json& argument) {
  std::string name = text(argument, "Fn::ImportValue");
  if (error_) return std::nullopt;
  if (is_unknown(Json(name))) return unknown();
  Outcome<Json> made = surroundings_.imported(name);
  if (!made) return fail(made.error());
  return std::move(*made);
}

// Three zones for every region: what most have, and nothing here depends on them.
Evaluator::Value Evaluator::zones(const Json& argument) {
  std::string region = text(argument, "Fn::GetAZs");
  if (error_) return std::nullopt;
  if (region.empty()) region = place_.region;
  return Json(std::vector<Json>{Json(region + "a"), Json(region + "b"), Json(region + "c")});
}

Evaluator::Value Evaluator::length(const Json& argument) {
  Value list = evaluate(argument);
  if (error_) return std::nullopt;
  if (list && is_unknown(*list)) return unknown();
  if (!list || !list->is_array()) return fail(template_error("Fn::Length takes a list"));
  return Json(list->size());
}

Evaluator::Value Evaluator::base64(const Json& argument) {
  std::string plain = text(argument, "Fn::Base64");
  if (error_) return std::nullopt;
  if (is_unknown(Json(plain))) return unknown();
  return Json(to_base64(plain));
}

Evaluator::Value Evaluator::json_text(const Json& argument) {
  Value made = evaluate(argument);
  if (error_) return std::nullopt;
  if (!made || (!made->is_object() && !made->is_array()))
    return fail(template_error("Fn::ToJsonString takes an object or a list"));
  return Json(to_string(*made));
}

// ---- conditions

bool Evaluator::named_condition(const std::string& name) {
  auto [place, first] = conditions_.try_emplace(name, std::nullopt);
  if (!first) {
    if (!place->second) fail(template_error(fmt::format("Found circular condition dependency on: {}", name)));
    return place->second.value_or(false);
  }
  const Json* expression = template_.section("Conditions").find(name);
  if (!expression) {
    fail(template_error(fmt::format("unresolved condition dependency {}", name)));
    return false;
  }
  bool result = truth(*expression);
  conditions_[name] = result;
  return result;
}

bool Evaluator::all_or_any(std::string_view name, const Json& argument) {
  bool all = name == "Fn::And";
  bool result = all;
  for (const Json& operand : argument.items()) {
    bool one = truth(operand);
    result = all ? result && one : result || one;
  }
  return result;
}

// The functions that only Rules have; each takes a list of texts, and a text or a list.
bool Evaluator::rule_function(const std::string& name, const Json& argument) {
  Value list = evaluate(argument[size_t{0}]);
  Value other = evaluate(argument[size_t{1}]);
  if (error_) return false;
  if (argument.size() != 2 || !list || !list->is_array() || !other) {
    fail(template_error(fmt::format("{} takes a list of strings and a value", name)));
    return false;
  }
  auto among = [](const Json& texts, const Json& text) {
    return std::ranges::any_of(texts.items(), [&](const Json& one) { return one == text; });
  };
  if (name == "Fn::Contains") return among(*list, *other);
  return std::ranges::all_of(list->items(), [&](const Json& one) {
    return name == "Fn::EachMemberEquals" ? one == *other : other->is_array() && among(*other, one);
  });
}

Outcome<void> Evaluator::check_rules() {
  error_.reset();
  const Json& rules = template_.section("Rules");
  if (!rules.is_object()) return {};
  for (const JsonMember& rule : rules.members()) {
    const Json* condition = rule.value.find("RuleCondition");
    bool applies = !condition || truth(*condition);
    const Json& assertions = rule.value["Assertions"];
    for (size_t index = 0; applies && index < assertions.size(); ++index) {
      if (truth(assertions[index]["Assert"]) || error_) continue;
      return Error{"ValidationError",
                   fmt::format("Template validation error: rule {} is not met: {}", rule.key,
                               assertions[index].text("AssertDescription", "an assertion does not hold"))};
    }
    if (error_) return *error_;
  }
  return {};
}

bool Evaluator::truth(const Json& expression) {
  if (error_) return false;
  if (expression.is_boolean()) return expression.as_boolean();
  if (expression.size() != 1 || !expression.is_object()) {
    fail(format_error("Conditions can only be boolean operations on parameters and other conditions"));
    return false;
  }
  const auto& [name, argument] = expression.members()[0];
  if (name == "Condition" && argument.is_string()) return named_condition(std::string(argument.as_string()));
  if (Outcome<void> formed = check_call(name, argument); !formed) {
    fail(formed.error());
    return false;
  }
  if (name == "Fn::And" || name == "Fn::Or") return all_or_any(name, argument);
  if (name == "Fn::Not") return !truth(argument[size_t{0}]);
  if (name == "Fn::Equals") {
    Value left = evaluate(argument[size_t{0}]);
    Value right = evaluate(argument[size_t{1}]);
    std::string left_text;
    std::string right_text;
    if (left && right && scalar_text(*left, left_text) && scalar_text(*right, right_text))
      return left_text == right_text;
    return left == right;
  }
  if (name == "Fn::Contains" || name == "Fn::EachMemberEquals" || name == "Fn::EachMemberIn") {
    return rule_function(name, argument);
  }
  fail(template_error(fmt::format("{} is not a well-formed condition", to_string(expression))));
  return false;
}

}  // namespace penstock::stack
