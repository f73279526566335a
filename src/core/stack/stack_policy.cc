#include "core/stack/stack_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"

namespace penstock::stack {

namespace {

Error invalid(std::string_view what) {
  return Error{"ValidationError", fmt::format("Error validating stack policy: {}", what)};
}

std::vector<std::string_view> texts_of(const Json& value) {
  std::vector<std::string_view> texts;
  if (value.is_string()) texts.push_back(value.as_string());
  if (value.is_array()) {
    for (const Json& item : value.items()) {
      if (item.is_string()) texts.push_back(item.as_string());
    }
  }
  return texts;
}

// * stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  std::string_view rest = pattern.substr(star + 1);
  for (size_t at = star; at <= text.size(); ++at) {
    if (matches(rest, text.substr(at))) return true;
  }
  return false;
}

bool matches_one(const Json& patterns, std::string_view text) {
  return std::ranges::any_of(texts_of(patterns), [&](std::string_view pattern) { return matches(pattern, text); });
}

// The member, or its opposite with Not before it.
bool covers(const Json& statement, std::string_view member, std::string_view text) {
  if (const Json* patterns = statement.find(member)) return matches_one(*patterns, text);
  const Json* others = statement.find(fmt::format("Not{}", member));
  return others && !matches_one(*others, text);
}

bool applies(const Json& statement, std::string_view action, std::string_view resource, std::string_view type) {
  if (!covers(statement, "Action", action) || !covers(statement, "Resource", resource)) return false;
  const Json& conditions = statement["Condition"];
  if (!conditions.is_object()) return true;
  return std::ranges::all_of(conditions.members(), [&](const JsonMember& condition) {
    const Json& types = condition.value["ResourceType"];
    if (condition.key == "StringLike") return matches_one(types, type);
    return std::ranges::any_of(texts_of(types), [&](std::string_view one) { return one == type; });
  });
}

Outcome<void> check_statement(const Json& statement) {
  if (!statement.is_object()) return invalid("Syntax errors in policy.");
  std::string_view effect = statement.text("Effect");
  if (effect != "Allow" && effect != "Deny") return invalid("Effect must be Allow or Deny");
  for (std::string_view member : {"Action", "Resource"}) {
    std::vector<std::string_view> given = texts_of(statement[member]);
    std::vector<std::string_view> others = texts_of(statement[fmt::format("Not{}", member)]);
    if (given.empty() == others.empty()) return invalid(fmt::format("One of {0} and Not{0} must be given", member));
    for (std::string_view text : member == "Action" ? (given.empty() ? others : given) : given) {
      bool known =
          member == "Action" ? text.starts_with("Update:") : text == "*" || text.starts_with("LogicalResourceId/");
      if (!known) return invalid(fmt::format("{} {} is not known", member, text));
    }
  }
  const Json& conditions = statement["Condition"];
  for (const JsonMember& condition : conditions.is_object() ? conditions.members() : std::span<const JsonMember>()) {
    bool known = (condition.key == "StringEquals" || condition.key == "StringLike") && condition.value.size() == 1 &&
                 condition.value.find("ResourceType");
    if (!known) return invalid("Conditions are StringEquals and StringLike of ResourceType");
  }
  return {};
}

}  // namespace

Outcome<void> check_stack_policy(std::string_view text) {
  if (text.size() > stack_policy_bytes_max) return invalid("The policy is longer than 16 KiB");
  Outcome<Json> policy = parse_json(text);
  if (!policy) return invalid(fmt::format("Syntax errors in policy. {}", policy.error().message));
  const Json& statements = (*policy)["Statement"];
  if (statements.is_object()) return check_statement(statements);
  if (!statements.is_array() || statements.size() == 0) return invalid("Statement must be a list");
  for (const Json& statement : statements.items()) {
    if (Outcome<void> checked = check_statement(statement); !checked) return checked;
  }
  return {};
}

std::optional<std::string> forbidden(std::string_view policy, std::string_view action, std::string_view logical_id,
                                     std::string_view type) {
  if (policy.empty()) return std::nullopt;
  Outcome<Json> read = parse_json(policy);
  if (!read) return "Action denied by stack policy: it cannot be read";
  Json statements = (*read)["Statement"];
  if (statements.is_object()) statements = Json(std::vector<Json>{statements});
  std::string resource = fmt::format("LogicalResourceId/{}", logical_id);
  bool allowed = false;
  for (size_t index = 0; index < statements.size(); ++index) {
    if (!applies(statements[index], action, resource, type)) continue;
    if (statements[index].text("Effect") == "Deny") {
      return fmt::format("Action denied by stack policy: Statement [#{}] does not allow [{}] for resource [{}]",
                         index + 1, action, resource);
    }
    allowed = true;
  }
  if (allowed) return std::nullopt;
  return fmt::format("Action denied by stack policy: no statement allows [{}] for resource [{}]", action, resource);
}

}  // namespace penstock::stack
